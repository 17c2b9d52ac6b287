"""The types of single values: String, Integer, Float, Boolean, Enum."""

import math

from .errors import ConfigError, show
from .values import Scalar

WORDS = {'true': True, '1': True, 'false': False, '0': False}


class String(Scalar):
    KIND = 'String'

    @classmethod
    def coerce(cls, value):
        if isinstance(value, bool):
            raise ValueError
        return str(value)


class Integer(Scalar):
    KIND = 'Integer'
    EXPECTED = 'an integer'

    @classmethod
    def coerce(cls, value):
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError
        return int(value)


class Float(Scalar):
    KIND = 'Float'
    EXPECTED = 'a number'

    @classmethod
    def coerce(cls, value):
        if isinstance(value, bool) or not math.isfinite(float(value)):
            raise ValueError
        return float(value)


class Boolean(Scalar):
    KIND = 'Boolean'
    EXPECTED = 'True or False'

    @classmethod
    def coerce(cls, value):
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word not in WORDS:
            raise ValueError
        return WORDS[word]


class EnumValue(Scalar):
    """A word out of `VALUES`. What has no refs is checked at once, as in Pystachio."""

    KIND = 'Enum'
    VALUES = ()

    def __init__(self, value):
        super().__init__(value)
        if not self.refs() and self._value not in self.VALUES:
            raise self.refuse()

    @classmethod
    def coerce(cls, value):
        if value not in cls.VALUES:
            raise ValueError
        return value


def Enum(*words):
    """`Enum('RO', 'RW')`, or with a name: `Enum('Mode', ('RO', 'RW'))`."""
    name, values = words if len(words) == 2 and not isinstance(words[1], str) else ('Enum_' + '_'.join(words), words)
    values = tuple(values)
    if not all(isinstance(value, str) for value in values):
        raise ConfigError(f'Enum: {show(values)} is not a list of words')
    expected = ' or '.join([', '.join(values[:-1]), values[-1]] if len(values) > 1 else values)
    return type(name, (EnumValue,), {'VALUES': values, 'KIND': name, 'EXPECTED': expected})
