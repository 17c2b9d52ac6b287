"""Structs: typed fields with defaults. A config may define its own, as subclasses of Struct."""

from collections.abc import Mapping

from .containers import FrozenDict, checked, descend, interpolate_entries
from .errors import ConfigError, article, here, hint, show
from .refs import NotFound
from .values import Scope, Value


class Empty:
    """What a field holds that is not set."""


class Field:
    __slots__ = ('type', 'required', 'default')

    def __init__(self, of, required=False, default=Empty):
        self.type = of
        self.required = required
        self.default = default


def Required(of):
    return Field(checked(of, 'Required'), required=True)


def Default(of, value):
    return Field(of, default=checked(of, 'Default').wrap(value))


class StructType(type):
    """Gathers the fields of a class body; those of its parents come first."""

    def __new__(mcs, name, bases, namespace):
        fields = {}
        for base in bases:
            fields.update(getattr(base, 'FIELDS', {}))
        for attr, what in list(namespace.items()):
            if isinstance(what, type) and issubclass(what, Value):
                what = Field(what)
            if isinstance(what, Field):
                fields[attr] = what
                del namespace[attr]
        return super().__new__(mcs, name, bases, {**namespace, 'FIELDS': fields, 'KIND': name})


class Own:
    """The scope of a struct's own fields: by their names, and below `self`."""

    __slots__ = ('struct',)

    def __init__(self, struct):
        self.struct = struct

    def find(self, ref):
        name = ref.field()
        if name == 'self' and len(ref.steps) > 1:
            ref = ref.rest()
            name = ref.field()
        value = self.struct._data.get(name)
        if value is None:
            raise NotFound
        if len(ref.steps) == 1:
            # Not in the struct's scope: its refs are looked up where it is used, as in Pystachio.
            return value
        if not hasattr(value, 'find'):
            raise NotFound
        return value.find(ref.rest())


class Struct(Value, metaclass=StructType):
    """A struct's value. Calling it makes a copy with other fields; `x.name()` reads a field, `x.has_name()` tells whether it is set."""

    FIELDS = {}

    def __init__(self, *args, **kw):
        fields = type(self).FIELDS
        self._data = {name: field.default for name, field in fields.items() if field.default is not Empty}
        # Where each field was set, and where the struct was made or last called.
        self._origins = {}
        self._place = here()
        for given in args:
            self._set(self._mapping(given))
        self._set(kw)

    def _mapping(self, given):
        if isinstance(given, Mapping):
            return given
        kind = type(self).KIND
        if isinstance(given, Struct) and given.FIELDS.keys() == self.FIELDS.keys():
            return given._data
        raise ConfigError(f'{show(given)} is not {article(kind)} {kind}', f'{article(kind)} {kind}')

    def _set(self, values):
        kind = type(self).KIND
        for name, value in values.items():
            field = self.FIELDS.get(name)
            if field is None:
                message = f'{kind} has no field "{name}"{hint(name, self.FIELDS)}'
                raise ConfigError(message, f'one of {", ".join(self.FIELDS)}', field=name)
            if value is Empty:
                self._data.pop(name, None)
                continue
            try:
                self._data[name] = field.type.wrap(value)
            except ConfigError as error:
                error.field, error.root = error.field or name, kind
                raise error.within(name)
            self._origins[name] = self._place

    def __call__(self, *args, **kw):
        other = self._copy(_data=dict(self._data), _origins=dict(self._origins), _place=here() or self._place, _final=None)
        for given in args:
            other._set(self._mapping(given))
        other._set(kw)
        return other

    def _scope(self):
        return Scope((Own(self),), super()._scope())

    def interpolate(self):
        done, left = interpolate_entries(self._data, self._scope(), self._origins.get)
        other = object.__new__(type(self))
        other._data, other._origins, other._place = done, self._origins, self._place
        return self._settle(other, done.values()), left

    def get(self):
        return FrozenDict((name, value.get()) for name, value in self._data.items())

    def find(self, ref):
        if ref.field() not in self._data:
            raise NotFound
        return descend(self._data[ref.field()], ref, self._scope())

    def __getattr__(self, name):
        fields = type(self).FIELDS
        if name in fields:
            return lambda: self._field(name)
        if name.startswith('has_') and name[4:] in fields:
            return lambda: name[4:] in self._data
        if name.startswith('_'):
            raise AttributeError(name)
        raise AttributeError(f'{type(self).KIND} has no field "{name}"{hint(name, fields)}')

    def _field(self, name):
        if name not in self._data:
            return Empty
        value = self._data[name]._within(self._scope()).interpolate()[0]
        return value.unwrap() if hasattr(type(value), 'unwrap') else value

    def __eq__(self, other):
        if not isinstance(other, Struct) or type(self).KIND != type(other).KIND:
            return False
        return self.interpolate()[0].get() == other.interpolate()[0].get()

    def __hash__(self):
        return hash(self.interpolate()[0].get())

    def __repr__(self):
        data = self.interpolate()[0]._data
        return f"{type(self).KIND}({', '.join(f'{name}={value!r}' for name, value in data.items())})"
