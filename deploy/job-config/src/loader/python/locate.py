"""The file and line of an error: out of a traceback, and of the keyword argument that is wrong."""

import ast
import functools
import re
import traceback

from .errors import CONFIG, ConfigError, TimeUp, hint


# Messages and what is expected, each.
TEXT_MAX = 2_000


def cut(text):
    return text if text is None or len(text) <= TEXT_MAX else text[:TEXT_MAX] + '…'


@functools.lru_cache(maxsize=32)
def keywords(text):
    """(line of a call, name of a keyword argument) -> line of the argument."""
    lines = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            for argument in node.keywords:
                if argument.arg is not None:
                    lines.setdefault((node.lineno, argument.arg), argument.lineno)
    return lines


def keyword(sources, file, line, name):
    """The line of the keyword argument `name` (or the last step of a path) of a call in this line; or the call's."""
    name = name.rsplit('.', 1)[-1]
    if file not in sources or not name:
        return line
    try:
        return keywords(sources[file]).get((line, name), line)
    except (SyntaxError, RecursionError, MemoryError):
        return line


def fault(sources, file, found):
    """A fault of a rendered job as the loader gets it."""
    at, line = found.place or (file, None)
    if line is not None:
        line = keyword(sources, at, line, found.path)
    return {'file': at or file, 'line': line, 'path': found.path, 'message': cut(found.message), 'expected': cut(found.expected)}


def frames(error):
    """(file, line) of every line of the config that was running, outermost first."""
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.startswith(CONFIG):
            found.append((name[len(CONFIG):], line))
    return found


def failure(sources, file, error):
    """What ended an evaluation: where, what, and through which includes."""
    running = frames(error)
    at, line, column = (*running[-1], None) if running else (file, None, None)
    message, expected = words(error)
    if isinstance(error, SyntaxError) and str(error.filename).startswith(CONFIG):
        running.append((error.filename[len(CONFIG):], error.lineno))
        (at, line), column = running[-1], error.offset
    elif isinstance(error, ConfigError):
        expected = error.expected
        if error.place is not None:
            at, line = error.place
        if error.field and line is not None:
            line = keyword(sources, at, line, error.field)
    includes = []
    for name, number in running:
        if name != at and name not in [one for one, _ in includes]:
            includes.append((name, number))
    return {
        'file': at, 'line': line, 'column': column, 'path': '', 'message': cut(message), 'expected': cut(expected),
        'includes': [f'{name}:{number}' for name, number in reversed(includes)],
        'fatal': isinstance(error, (TimeUp, KeyboardInterrupt, MemoryError)) and type(error).__name__,
    }


def words(error):
    """The message of an exception, and what is expected."""
    if isinstance(error, ConfigError):
        return str(error), error.expected
    if isinstance(error, SyntaxError):
        return f'{type(error).__name__}: {error.msg}', None
    if isinstance(error, (TimeUp, KeyboardInterrupt, MemoryError)):
        return type(error).__name__, None
    if isinstance(error, RecursionError):
        return 'RecursionError: calls are nested too deep', None
    if isinstance(error, NameError) and error.name:
        known = error_names(error)
        return f'NameError: name "{error.name}" is not defined{hint(error.name, known)}', None
    text = re.sub(r'\s+', ' ', str(error)).strip()
    return f'{type(error).__name__}: {text}' if text else type(error).__name__, None


def error_names(error):
    """The names that were there where a NameError happened."""
    last = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        last = frame
    if last is None:
        return []
    return {**last.f_builtins, **last.f_globals, **last.f_locals}.keys() - {'__builtins__'}
