"""What is wrong with a config, and the line that says so."""

import difflib
import sys

# The name under which a config's code is compiled: this, and its path below the config's folder.
CONFIG = 'config:'
SHOWN_MAX = 80


class ConfigError(ValueError):
    """
    Something a config must not say. `path` is where below the struct `root`, `place` is (file, line): filled in on the way up.
    `field` is the keyword argument that is wrong, when there is one.
    """

    def __init__(self, message, expected=None, field=None, place=None):
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.field = field
        self.place = place
        self.path = ''
        self.root = None

    def within(self, step, place=None):
        """The same error seen from one level up, at the field or index `step`."""
        self.path = join(step, self.path)
        if self.place is None:
            self.place = place
        return self

    def __str__(self):
        where = join(self.root, self.path) if self.root else self.path
        return f'{where}: {self.message}' if where else self.message


class TimeUp(BaseException):
    """The time of an evaluation is over. No `except Exception` of a config stops it."""


def join(step, rest):
    if not rest or rest.startswith('['):
        return f'{step}{rest}'
    return f'{step}.{rest}'


def config_frame(frame):
    """The innermost frame that runs a line of a config, or None."""
    while frame is not None and not frame.f_code.co_filename.startswith(CONFIG):
        frame = frame.f_back
    return frame


def here():
    """(file, line) of the config's line that is running, or None."""
    frame = config_frame(sys._getframe(1))
    return None if frame is None else (frame.f_code.co_filename[len(CONFIG):], frame.f_lineno)


def hint(name, known):
    """` ; did you mean "x"?` where something known is near, or nothing."""
    near = difflib.get_close_matches(str(name), [str(one) for one in known], 1)
    return f'; did you mean "{near[0]}"?' if near else ''


def show(value):
    """A value as people read it: text in quotes and cut, a struct or a list by its kind."""
    kind = getattr(value, 'KIND', None)
    if kind is not None and not hasattr(value, '_value'):
        return f'{article(kind)} {kind}'
    value = getattr(value, '_value', value)
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, str):
        text = '"' + value.replace('\n', '\\n') + '"'
        return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + '…'
    if isinstance(value, type):
        return f'the type {value.__name__}'
    name = type(value).__name__
    return f'{article(name)} {name}'


def article(word):
    return 'an' if word[:1].lower() in 'aeiou' else 'a'
