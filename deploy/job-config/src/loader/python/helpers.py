"""What configs build tasks with: order, SequentialTask, SimpleTask, Tasks, Processes, Units, Options."""

from .errors import ConfigError, show
from .structs import Empty

GB = 1024 ** 3


def text_or_name(process):
    if isinstance(process, str):
        return process
    name = getattr(process, 'name', None)
    if type(process).__name__ != 'Process' or name() is Empty:
        raise ConfigError(f'order: {show(process)} is not a Process with a name', 'a Process or its name')
    return name()


def unique(values):
    """Each value once, in the order in which they come."""
    kept = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return kept


def plain(value, least=0):
    """The number that a field holds, `least` while it is not set."""
    number = least if value is Empty else value.get()
    if isinstance(number, str):
        raise ConfigError(f'{show(number)} is not a number yet', 'numbers where tasks are put together')
    return number


def build(types):
    """The helpers over the given structs, by their names."""
    Constraint, Process, Resources, Task = (types[name] for name in ('Constraint', 'Process', 'Resources', 'Task'))
    fields = ('cpu', 'ram', 'disk', 'gpu')

    def resources_of(kept, fold):
        kept = [one for one in kept if one is not Empty]
        return Resources(**{field: fold([plain(getattr(one, field)()) for one in kept]) for field in fields})

    class Units:
        """Adds up and compares resources and waits. What is not set counts as 0."""

        @staticmethod
        def safe_get(unit):
            return plain(unit)

        @staticmethod
        def optional_resources(resources):
            return Resources() if resources is Empty else resources

        @staticmethod
        def resources_sum(*resources):
            return resources_of(resources, sum)

        @staticmethod
        def resources_max(resources):
            return resources_of(resources, lambda values: max(values, default=0))

        @staticmethod
        def finalization_wait_sum(waits):
            return sum(map(plain, waits))

        @staticmethod
        def finalization_wait_max(waits):
            return max(map(plain, waits), default=0)

        @staticmethod
        def processes_merge(tasks):
            return unique(process for task in tasks if task.has_processes() for process in task.processes())

        @staticmethod
        def constraints_merge(tasks):
            return unique(constraint for task in tasks if task.has_constraints() for constraint in task.constraints())

    class Processes:
        @staticmethod
        def order(*processes):
            """One constraint in a list: each process starts after the one before it has succeeded."""
            return [Constraint(order=[text_or_name(process) for process in processes])]

    order = Processes.order

    class Tasks:
        """Tasks made of tasks. The result is the last of them with its processes, constraints and resources replaced."""

        SIMPLE_CPU, SIMPLE_RAM, SIMPLE_DISK = 1.0, GB, GB

        @classmethod
        def simple(cls, name, command):
            resources = Resources(cpu=cls.SIMPLE_CPU, ram=cls.SIMPLE_RAM, disk=cls.SIMPLE_DISK)
            return Task(name=name, processes=[Process(name=name, cmdline=command)], resources=resources)

        @staticmethod
        def sequential(task):
            if task.has_constraints() and len(task.constraints()) > 0:
                raise ConfigError('SequentialTask: constraints are given', 'a Task without constraints')
            return task(constraints=order(*task.processes())) if task.has_processes() else task

        @staticmethod
        def combine(*tasks, **kw):
            """All processes in parallel, but for the orders within the tasks; resources are added up."""
            if not tasks:
                return Task()
            return tasks[-1](
                processes=Units.processes_merge(tasks),
                constraints=Units.constraints_merge(tasks),
                resources=Units.resources_sum(*(task.resources() for task in tasks)),
                finalization_wait=Units.finalization_wait_max(task.finalization_wait() for task in tasks),
            )(**kw)

        @staticmethod
        def concat(*tasks, **kw):
            """Every process of a task before every process of the next; the largest resources count."""
            if not tasks:
                return Task()
            constraints = Units.constraints_merge(tasks)
            for first, second in zip(tasks, tasks[1:]):
                pairs = ((one, two) for one in first.processes() for two in second.processes() if one != two)
                constraints.extend(constraint for pair in pairs for constraint in order(*pair))
            return tasks[-1](
                processes=Units.processes_merge(tasks),
                constraints=constraints,
                resources=Units.resources_max(task.resources() for task in tasks),
                finalization_wait=Units.finalization_wait_sum(task.finalization_wait() for task in tasks),
            )(**kw)

    class Options:
        """Command-line options from names, dicts and keyword arguments."""

        @staticmethod
        def render_option(short_prefix, long_prefix, option, value=None):
            option = f'{short_prefix if len(option) == 1 else long_prefix}{option}'
            return f'{option} {value}' if value else option

        @classmethod
        def render_options(cls, short_prefix, long_prefix, *options, **kw):
            pairs = []
            for option in options:
                if isinstance(option, dict):
                    pairs.extend(option.items())
                elif isinstance(option, str):
                    pairs.append((option, None))
                else:
                    raise ConfigError(f'{show(option)} is not an option', 'a name or a dict of names and values')
            return [cls.render_option(short_prefix, long_prefix, *pair) for pair in (*pairs, *kw.items())]

        @classmethod
        def java(cls, *options, **kw):
            return ' '.join(cls.render_options('-', '-', *options, **kw))

        @classmethod
        def python(cls, *options, **kw):
            return ' '.join(cls.render_options('-', '--', *options, **kw))

    def SimpleTask(name, command):
        return Tasks.simple(name, command)

    def SequentialTask(*args, **kw):
        return Tasks.sequential(Task(*args, **kw))

    return {
        'Units': Units,
        'Processes': Processes,
        'Tasks': Tasks,
        'Options': Options,
        'SimpleTask': SimpleTask,
        'SequentialTask': SequentialTask,
        'order': order,
        'combine_tasks': Tasks.combine,
        'concat_tasks': Tasks.concat,
        'java_options': Options.java,
        'python_options': Options.python,
    }
