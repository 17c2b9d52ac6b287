"""Runs a config and says what it is: the keys of its jobs, the JSON of those that are wanted, and all that is wrong."""

import json
import posixpath
import sys

from . import host, locate, sandbox, scalars, structs
from .containers import Choice, List, Map
from .errors import CONFIG, ConfigError, here, show
from .refs import Ref, parse
from .report import Report, render
from .structs import Default, Empty, Required, Struct
from .values import Environment

OUTPUT_MAX = 16 * 1024 * 1024
INCLUDES_MAX = 100
INCLUDE_DEPTH_MAX = 20

NAMES = {'BYTES': 1, 'KB': 1024, 'MB': 1024 ** 2, 'GB': 1024 ** 3, 'TB': 1024 ** 4}
PYSTACHIO = {
    **{name: getattr(scalars, name) for name in ('String', 'Integer', 'Float', 'Boolean', 'Enum')},
    **{of.__name__: of for of in (Choice, List, Map, Default, Required, Empty, Struct, Environment, Ref)},
}
KEY = ('cluster', 'role', 'environment', 'name')


def helpers_of(types):
    from .helpers import build

    job = types['Job']
    health = types['HealthCheckerConfig'](http=types['HttpHealthChecker']())
    return {
        **types,
        **build(types),
        'MesosJob': job,
        'Service': job(service=True),
        'DisableLifecycle': types['LifecycleConfig'](),
        'DefaultLifecycleConfig': types['LifecycleConfig'](http=types['HttpLifecycleConfig']()),
        'DefaultHealthChecker': health,
    }


class Config:
    """One file with what it includes, in a namespace of its own."""

    def __init__(self, schema, file, text):
        self.file = file
        self.sources = {}
        self.stack = []
        self.included = 0
        self.exported = []
        self.job, self.task = schema['Job'], schema['Task']
        self.globals = {**PYSTACHIO, **NAMES, **schema, '__name__': '__config__', '__builtins__': sandbox.names()}
        self.globals.update(include=self.include, export=self.export)
        self.text = text

    def run(self, file, text):
        self.sources[file] = text
        self.stack.append(file)
        try:
            exec(compile(text, CONFIG + file, 'exec', dont_inherit=True), self.globals)
        finally:
            self.stack.pop()

    def include(self, path):
        """Runs another file in this one's namespace. The path is relative to the file that includes."""
        if not isinstance(path, str):
            raise ConfigError(f'include: {show(path)} is not the name of a file')
        file = posixpath.normpath(posixpath.join(posixpath.dirname(self.stack[-1]), path))
        if file in self.stack:
            raise ConfigError(f'include: {show(path)} includes itself')
        self.included += 1
        if self.included > INCLUDES_MAX or len(self.stack) > INCLUDE_DEPTH_MAX:
            raise ConfigError(f'include: {show(path)} is one too many', f'at most {INCLUDES_MAX}, {INCLUDE_DEPTH_MAX} deep')
        try:
            text = host.read(file).decode('utf-8-sig')
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f'include: {error}') from None
        self.run(file, text)

    def export(self, task):
        self.exported.append((self.task.wrap(task), here()))

    def jobs(self):
        jobs = self.globals.get('jobs', [])
        if isinstance(jobs, (str, dict, structs.Value)) or not hasattr(jobs, '__iter__'):
            raise ConfigError(f'jobs: {show(jobs)} is not a list', 'a list of Job', place=(self.file, None))
        jobs = list(jobs)
        for index, job in enumerate(jobs):
            if not isinstance(job, self.job):
                raise ConfigError(f'jobs[{index}]: {show(job)} is not a Job', 'a Job', place=(self.file, None))
        if not jobs and not self.exported:
            raise ConfigError('there is no job in this config', 'a list "jobs" with at least one Job', place=(self.file, None))
        return jobs


def bindings_of(pairs):
    bound = []
    for name, value in pairs:
        try:
            bound.append({parse(name): value})
        except ConfigError as error:
            error.message = f'--bind {name}={value}: {error.message}'
            raise error
    return bound


def key_of(job):
    """cluster, role, environment, name: None for what the job does not say."""
    def part(name):
        try:
            value = getattr(job, name)()
        except ConfigError:
            return None
        return None if value is Empty else str(value.get())

    return {name: part(name) for name in KEY}


def standard_bindings(job):
    return job.bind({'mesos.role': '{{role}}', 'mesos.cluster': '{{cluster}}', 'thermos.user': '{{role}}'})


def answer_of(config, request, printed):
    """Everything the loader asked about a config that ran to its end."""
    bindings = bindings_of(request['bindings'])
    jobs = [job.bind(*bindings) for job in config.jobs()]
    if request['mode'] == 'raw':
        return {'raw': [plain(job.get()) for job in jobs]}
    keys = [{**key_of(job), 'place': job._place} for job in jobs]
    select = request.get('select')
    wanted = range(len(jobs)) if select is None else [i for i, key in enumerate(keys) if all(key[n] == select[n] for n in KEY)]
    errors, entries, tasks = [], [], []
    if request['mode'] == 'load' and (select is None or len(wanted) == 1):
        for index in wanted:
            entry, found = rendered(config, standard_bindings(jobs[index]), jobs[index]._place)
            entries.append({'index': index, **entry})
            errors += [{'index': index, **error} for error in found]
        for task, place in config.exported if select is None else ():
            entry, found = rendered(config, task.bind(*bindings), place)
            tasks.append(entry)
            errors += found
    return {'keys': keys, 'wanted': list(wanted), 'jobs': entries, 'tasks': tasks, 'errors': errors}


def rendered(config, value, place):
    report = Report()
    try:
        entry = render(value.interpolate()[0], '', place, report)
    except ConfigError as error:
        entry = None
        report.add(error.path, error.message, error.expected, error.place or place)
    lines = [[path, file, locate.keyword(config.sources, file, line, path)] for path, (file, line) in report.lines.items()]
    return {'json': entry, 'lines': lines}, [locate.fault(config.sources, config.file, fault) for fault in report.errors]


def plain(value):
    """What `get()` returned, as JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


class Printed:
    """What a config prints, up to a bound."""

    MAX = 10_000

    def __init__(self):
        self.text = ''

    def write(self, text):
        self.text = (self.text + str(text))[: self.MAX]
        return len(str(text))

    def flush(self):
        pass


def evaluate(schema, request):
    """The answer to a request, as JSON: never an exception, but for what ends the process."""
    request = json.loads(request)
    sandbox.close()
    sandbox.set_environment(request['environment'])
    config = Config(schema, request['file'], request['text'])
    printed = Printed()
    sys.stdout = sys.stderr = printed
    try:
        config.run(config.file, config.text)
        answer = json.dumps({**answer_of(config, request, printed), 'printed': printed.text})
        if len(answer) > OUTPUT_MAX:
            raise ConfigError(f'the jobs of this config are larger than {OUTPUT_MAX} characters of JSON')
        return answer
    except BaseException as error:
        return json.dumps({'error': locate.failure(config.sources, config.file, error), 'printed': printed.text})
