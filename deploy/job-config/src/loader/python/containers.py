"""The types of several values: List, Map; and Choice, one of several types."""

import functools
from collections.abc import Iterable, Mapping

from .errors import ConfigError, join, show
from .refs import NotFound
from .values import Value


class FrozenDict(dict):
    """A dict that can be hashed: what `get()` of a struct or map returns."""

    def __hash__(self):
        return hash(frozenset(self.items()))


def descend(value, ref, scope):
    """What the steps after the first of a ref lead to."""
    value = value._within(scope)
    if len(ref.steps) == 1:
        return value
    if not hasattr(value, 'find'):
        raise NotFound
    return value.find(ref.rest())


def interpolate_entries(entries, scope, place=lambda step: None):
    """The values of a dict, each interpolated in a scope; and the refs that are left."""
    done, left = {}, []
    for step, value in entries.items():
        if value._final is not None:
            done[step] = value._final
            continue
        try:
            done[step], unbound = value._within(scope).interpolate()
        except ConfigError as error:
            raise error.within(f'[{step}]' if isinstance(step, int) else step, place(step))
        left.extend(ref for ref in unbound if ref not in left)
    return done, left


class ListValue(Value):
    KIND = 'list'
    TYPE = None

    def __init__(self, values):
        if isinstance(values, ListValue):
            self._binds, values = values._binds, values._values
        if isinstance(values, (str, Mapping, Value)) or not isinstance(values, Iterable):
            raise ConfigError(f'{show(values)} is not a list', f'a list of {self.TYPE.KIND}')
        self._values = []
        for index, value in enumerate(values):
            try:
                self._values.append(self.TYPE.wrap(value))
            except ConfigError as error:
                raise error.within(f'[{index}]')

    def interpolate(self):
        done, left = interpolate_entries(dict(enumerate(self._values)), self._scope())
        other = object.__new__(type(self))
        other._values = list(done.values())
        return self._settle(other, other._values), left

    def get(self):
        return tuple(value.get() for value in self._values)

    def find(self, ref):
        kind, key = ref.steps[0]
        if kind != '[' or not key.isdigit() or int(key) >= len(self._values):
            raise NotFound
        return descend(self._values[int(key)], ref, self._scope())

    def __iter__(self):
        return iter(self.interpolate()[0]._values)

    def __getitem__(self, index):
        return self.interpolate()[0]._values[index]

    def __len__(self):
        return len(self._values)

    def __contains__(self, item):
        return any(value == item for value in self)

    def __eq__(self, other):
        return isinstance(other, ListValue) and list(self) == list(other)

    def __hash__(self):
        return hash(self.interpolate()[0].get())

    def __repr__(self):
        return f"[{', '.join(map(repr, self))}]"


@functools.lru_cache(maxsize=None)
def List(of):
    """The type of lists of a type."""
    of = checked(of, 'List')
    return type(f'{of.__name__}List', (ListValue,), {'TYPE': of, 'KIND': f'list of {of.KIND}'})


class MapValue(Value):
    KIND = 'map'
    KEYTYPE = VALUETYPE = None

    def __init__(self, *args):
        if len(args) == 1 and isinstance(args[0], MapValue):
            self._binds, args = args[0]._binds, (args[0]._map,)
        whole = args[0] if len(args) == 1 else args
        try:
            entries = dict(whole)
        except (TypeError, ValueError):
            raise ConfigError(f'{show(whole)} is not a map', 'a dict') from None
        self._map = {}
        for key, value in entries.items():
            key = self.KEYTYPE.wrap(key)
            try:
                self._map[key] = self.VALUETYPE.wrap(value)
            except ConfigError as error:
                raise error.within(str(key.get()))

    def interpolate(self):
        scope = self._scope()
        done, left = interpolate_entries(self._map, scope)
        keys, unbound = interpolate_entries(dict(enumerate(self._map)), scope)
        other = object.__new__(type(self))
        other._map = dict(zip(keys.values(), done.values()))
        return self._settle(other, [*keys.values(), *done.values()]), left + [ref for ref in unbound if ref not in left]

    def get(self):
        return FrozenDict((key.get(), value.get()) for key, value in self._map.items())

    def find(self, ref):
        kind, name = ref.steps[0]
        for key, value in self._map.items() if kind == '[' else ():
            if str(key.get()) == name:
                return descend(value, ref, self._scope())
        raise NotFound

    def __iter__(self):
        return iter(self.interpolate()[0]._map)

    def __getitem__(self, name):
        for key, value in self.interpolate()[0]._map.items():
            if key == name:
                return value
        raise KeyError(name)

    def __len__(self):
        return len(self._map)

    def __contains__(self, name):
        return any(key == name for key in self)

    def __eq__(self, other):
        return isinstance(other, MapValue) and self.interpolate()[0].get() == other.interpolate()[0].get()

    def __hash__(self):
        return hash(self.interpolate()[0].get())

    def __repr__(self):
        return f"{{{', '.join(f'{key!r}: {self[key]!r}' for key in self)}}}"


@functools.lru_cache(maxsize=None)
def Map(key, value):
    """The type of maps from one type to another."""
    key, value = checked(key, 'Map'), checked(value, 'Map')
    return type(f'{key.__name__}{value.__name__}Map', (MapValue,), {'KEYTYPE': key, 'VALUETYPE': value})


class ChoiceValue(Value):
    """A value of one of the types `CHOICES`; a dict or a text becomes one of them when it is looked at."""

    KIND = 'choice'
    CHOICES = ()

    def __init__(self, value):
        if isinstance(value, ChoiceValue):
            self._binds, value = value._binds, value._chosen
        self._chosen = value if isinstance(value, tuple(self.CHOICES)) else self._choose(value)

    def _choose(self, value):
        fitting = []
        for one in self.CHOICES:
            try:
                fitting.append(one(value))
            except ConfigError:
                continue
        if not fitting:
            if isinstance(value, Mapping):
                # The error of the alternative that was meant, most likely.
                max(self.CHOICES, key=lambda one: len(value.keys() & getattr(one, 'FIELDS', {}).keys()))(value)
            raise ConfigError(f'{show(value)} is not {self.expected()}', self.expected())
        return next((one for one in fitting if one.check().ok()), fitting[0])

    @classmethod
    def expected(cls):
        return ' or '.join(one.KIND for one in cls.CHOICES)

    def unwrap(self):
        """The value itself, interpolated."""
        return self.interpolate()[0]._chosen

    def interpolate(self):
        chosen, left = self._chosen._within(self._scope()).interpolate()
        other = object.__new__(type(self))
        other._chosen = chosen
        return self._settle(other, [chosen]), left

    def get(self):
        return self._chosen.get()

    def find(self, ref):
        if not hasattr(self._chosen, 'find'):
            raise NotFound
        return self._chosen._within(self._scope()).find(ref)

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        return getattr(self.unwrap(), name)

    def __eq__(self, other):
        return self.unwrap() == (other.unwrap() if isinstance(other, ChoiceValue) else other)

    def __hash__(self):
        return hash(self.unwrap())

    def __str__(self):
        return str(self.unwrap())

    __repr__ = __str__


def Choice(*args):
    """`Choice([A, B])`, or with a name: `Choice('AOrB', [A, B])`."""
    name, choices = args if len(args) == 2 else ('Choice_' + '_'.join(one.__name__ for one in args[0]), args[0])
    choices = tuple(checked(one, 'Choice') for one in choices)
    return type(name, (ChoiceValue,), {'CHOICES': choices})


def checked(of, what):
    if not (isinstance(of, type) and issubclass(of, Value)):
        raise ConfigError(f'{what}: {show(of)} is not a type', 'String, Integer, List(..), a Struct, ..')
    return of
