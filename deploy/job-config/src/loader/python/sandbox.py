"""
What a config may reach. This is the polite half: it says what is not there, with a line. What holds a config that means harm is
the process around Python, which has no files, no network and no commands.
"""

import builtins
import getpass
import importlib
import importlib.abc
import io
import os
import signal
import sys

from . import host
from .errors import CONFIG, ConfigError, TimeUp, config_frame, hint

NOBODY = 'nobody'

MODULES = frozenset(
    '''__future__ abc base64 binascii bisect calendar collections copy dataclasses datetime decimal difflib enum fnmatch fractions
    functools getpass hashlib heapq io itertools json keyword math numbers operator os posixpath pprint pystachio random re
    shlex statistics string sys textwrap time types typing unicodedata urllib.parse uuid warnings'''.split()
)
# What Python itself imports on behalf of a line of the config.
INTERNAL = frozenset(['_strptime'])
TOPS = frozenset(name.split('.')[0] for name in MODULES)

GONE = (
    '''js pyodide_js pyodide _pyodide _pyodide_core pyodide_py ctypes _ctypes socket _socket ssl _ssl subprocess _posixsubprocess
    multiprocessing asyncio concurrent select gc webbrowser http ftplib smtplib telnetlib xmlrpc micropip sqlite3'''
).split()

OS_GONE = '''abort chdir chmod chown chroot execl execle execlp execlpe execv execve execvp execvpe fdopen fork forkpty fchdir kill killpg
link makedirs mkdir mkfifo mknod popen posix_spawn posix_spawnp remove removedirs rename renames replace rmdir spawnl
spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe startfile symlink system truncate unlink _exit'''.split()

BUILTINS_GONE = ('breakpoint', 'input', 'exit', 'quit', 'help', 'copyright', 'credits', 'license')


class Gone(importlib.abc.MetaPathFinder):
    """Modules that lead out of Python are not there, whoever asks."""

    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in GONE:
            raise ImportError(f'import of "{name}" is not allowed in a config')
        return None


def guarded_import(name, globals=None, locals=None, fromlist=(), level=0):
    """The `import` of a config's own lines."""
    allowed = name in MODULES | INTERNAL or (name == 'urllib' and fromlist == ('parse',))
    if level != 0 or not allowed and name.split('.')[0] not in TOPS - {'urllib'}:
        expected = f'one of {", ".join(sorted(MODULES))}'
        raise ConfigError(f'import of "{name}" is not allowed in a config{hint(name, MODULES)}', expected)
    return builtins.__import__(name, globals, locals, fromlist, level)


def guarded_open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    """`open` of a file below the config's folder, for reading."""
    mode = str(mode)
    if set(mode) & set('wax+'):
        raise PermissionError(f'open: a config reads files, it does not write them (mode "{mode}")')
    if not isinstance(file, (str, os.PathLike)):
        raise PermissionError('open: a config opens files by their names')
    data = host.read(os.fspath(file))
    if 'b' in mode:
        return io.BytesIO(data)
    return io.StringIO(data.decode(encoding or 'utf-8', errors or 'strict'))


def gone(name):
    def refuse(*args, **kw):
        raise PermissionError(f'{name} is not allowed in a config')

    return refuse


def user():
    """`getpass.getuser()`: of the environment that was passed, or nobody."""
    for name in ('LOGNAME', 'USER', 'LNAME', 'USERNAME'):
        if os.environ.get(name):
            return os.environ[name]
    return NOBODY


def on_time_up(_signum, frame):
    """The time is over: the line first, for this exception may be swallowed, and then the process is killed."""
    frame = config_frame(frame)
    if frame is not None:
        host.tell_line((frame.f_code.co_filename[len(CONFIG):], frame.f_lineno))
    raise TimeUp


def prepare():
    """Imports what configs may import, so that it is in the snapshot, and there when the ways are shut."""
    for name in sorted(MODULES - {'pystachio'} | INTERNAL):
        importlib.import_module(name)


def close():
    """Shuts the ways out, before each config runs. Not in a snapshot: Python needs some of them to be restored."""
    signal.signal(signal.SIGINT, on_time_up)
    for name in list(sys.modules):
        if name.split('.')[0] in GONE:
            del sys.modules[name]
    kept = []
    for finder in sys.meta_path:
        # The one for JavaScript's modules is somewhere in memory still: it has none any more.
        getattr(finder, 'jsproxies', {}).clear()
        if not isinstance(finder, Gone) and 'pyodide' not in getattr(finder, '__module__', ''):
            kept.append(finder)
    sys.meta_path[:] = [Gone(), *kept]
    for name in OS_GONE:
        if hasattr(os, name):
            setattr(os, name, gone(f'os.{name}'))
    getpass.getuser = user
    getpass.getpass = gone('getpass.getpass')
    io.open = guarded_open
    sys.exit = gone('sys.exit')


def names():
    """The builtins of a config, in a dict of its own."""
    own = dict(vars(builtins))
    for name in BUILTINS_GONE:
        own.pop(name, None)
    # Names of Python 2 that old configs use.
    own.update(unicode=str, basestring=str, long=int, xrange=range, unichr=chr, reduce=__import__('functools').reduce)
    return own | {'__import__': guarded_import, 'open': guarded_open, 'file': guarded_open}


def set_environment(environment):
    os.environ.clear()
    os.environ.update(environment)
