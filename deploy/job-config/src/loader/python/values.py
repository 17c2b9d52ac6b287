"""Values and the scopes in which their refs are looked up; the scalars among them."""

from .errors import ConfigError, show
from .refs import NotFound, Ref, parse, refs, resolve


class Scope:
    """Where refs are looked up: what is here, in order, and then further out. `super` skips what is here."""

    __slots__ = ('here', 'outer')

    def __init__(self, here, outer):
        self.here = here
        self.outer = outer

    def find(self, ref):
        for namable in self.here:
            try:
                return namable.find(ref)
            except NotFound:
                continue
        if self.outer is not None:
            try:
                return self.outer.find(ref)
            except NotFound:
                pass
            if ref.field() == 'super' and len(ref.steps) > 1:
                return self.outer.find(ref.rest())
        raise NotFound

    def followed_by(self, outer):
        return Scope(self.here, outer if self.outer is None else self.outer.followed_by(outer))


class Environment:
    """Bindings: addresses and what they stand for, a text, a number or a value."""

    KIND = 'Environment'

    def __init__(self, *dicts, **kw):
        self.table = {}
        for entries in (*dicts, kw):
            self._take(entries if isinstance(entries, dict) else entries.table, ())

    def _take(self, entries, prefix):
        for key, value in entries.items():
            steps = prefix + (key.steps if isinstance(key, Ref) else parse(key).steps)
            if isinstance(value, dict):
                self._take(value, steps)
            elif isinstance(value, Environment):
                self._take(value.table, steps)
            elif isinstance(value, (str, int, float, Value)):
                self.table[Ref(steps)] = value if isinstance(value, Value) else str(value)
            else:
                raise ConfigError(f'{Ref(steps)} cannot be bound to {show(value)}', 'a text, a number or a struct')

    def find(self, ref):
        if ref in self.table:
            return self.table[ref]
        for length in range(len(ref.steps) - 1, 0, -1):
            value = self.table.get(Ref(ref.steps[:length]))
            if hasattr(value, 'find'):
                try:
                    return value.find(ref.rest(length))
                except NotFound:
                    continue
        raise NotFound


class TypeCheck:
    """Pystachio's answer to `check()`."""

    def __init__(self, message=None):
        self._message = message

    def ok(self):
        return self._message is None

    def message(self):
        return self._message or ''

    def __repr__(self):
        return 'TypeCheck(OK)' if self.ok() else f'TypeCheck(FAILED): {self._message}'


class Value:
    """What fields hold. Immutable: `bind` and its like return copies."""

    KIND = 'value'
    _binds = ()
    _outer = None
    # What interpolating gives, whatever the scope: of a value without refs, once it is known.
    _final = None

    @classmethod
    def wrap(cls, value):
        return value if isinstance(value, cls) else cls(value)

    def _copy(self, **changes):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.__dict__.update(changes)
        return other

    def bind(self, *args, **kw):
        """A copy in whose texts the given names stand for the given values; the latest binding wins."""
        scopes = [arg if hasattr(arg, 'find') else Environment(arg) for arg in args]
        if kw:
            scopes.append(Environment(kw))
        return self._copy(_binds=(*reversed(scopes), *self._binds))

    def in_scope(self, *args, **kw):
        """A copy that looks names up in the given scopes after its own."""
        return self._within(Scope(tuple(Value().bind(*reversed(args), **kw)._binds), None))

    def _within(self, outer):
        if outer is None:
            return self
        return self._copy(_outer=outer if self._outer is None else self._outer.followed_by(outer))

    def _scope(self):
        return Scope(self._binds, self._outer) if self._binds else self._outer

    def _settle(self, other, parts):
        """Remembers what interpolating gave, when nothing of it depends on a scope."""
        if all(part._final is not None for part in parts):
            self._final = other._final = other
        return other

    def check(self):
        from .report import Report, render

        report = Report()
        try:
            render(self.interpolate()[0], '', None, report, late=True)
        except ConfigError as error:
            return TypeCheck(str(error))
        return TypeCheck(report.errors[0].summary() if report.errors else None)

    def __mod__(self, scope):
        return self.bind(scope).interpolate()[0]

    def __ne__(self, other):
        return not self == other


def text_of(ref, found):
    """What stands in a text for a ref."""
    if isinstance(found, Value):
        found = found.interpolate()[0]
        found = found.unwrap() if hasattr(found, 'unwrap') else found
        if not isinstance(found, Scalar):
            raise ConfigError(f'{ref} is {show(found)}, not a text', 'the name of a field below it')
        return str(found._value)
    return str(found)


class Scalar(Value):
    """A text, a number or the like; a text with refs until they are filled in."""

    EXPECTED = 'a string'

    def __init__(self, value):
        if isinstance(value, Scalar):
            self._binds, self._outer, value = value._binds, value._outer, value._value
        if not isinstance(value, (str, int, float)):
            raise ConfigError(f'{show(value)} is not {self.EXPECTED}', self.EXPECTED)
        self._value = value

    @classmethod
    def coerce(cls, value):
        raise NotImplementedError

    def refuse(self):
        return ConfigError(f'{show(self._value)} is not {self.EXPECTED}', self.EXPECTED)

    def refs(self):
        return refs(self._value) if isinstance(self._value, str) and '{{' in self._value else []

    def interpolate(self):
        if self._final is not None:
            return self._final, []
        value, left = self._value, []
        plain = not (isinstance(value, str) and '{{' in value)
        if not plain:
            value, left = resolve(value, self._scope(), text_of)
        if not left:
            try:
                value = self.coerce(value)
            except ValueError:
                pass
        other = object.__new__(type(self))
        other._value = value
        return self._settle(other, ()) if plain else other, left

    def get(self):
        return self._value

    def __str__(self):
        return str(self.interpolate()[0]._value)

    def __repr__(self):
        return f'{type(self).__name__}({self})'

    def _raw(self):
        return self.interpolate()[0]._value

    def __eq__(self, other):
        return self._raw() == (other._raw() if isinstance(other, Scalar) else other)

    def __lt__(self, other):
        return self._raw() < (other._raw() if isinstance(other, Scalar) else other)

    def __gt__(self, other):
        return self._raw() > (other._raw() if isinstance(other, Scalar) else other)

    def __le__(self, other):
        return not self > other

    def __ge__(self, other):
        return not self < other

    def __hash__(self):
        return hash(self._raw())
