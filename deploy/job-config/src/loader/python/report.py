"""From values to JSON, with everything that is wrong on the way and the line that each field was written in."""

from .containers import ChoiceValue, ListValue, MapValue
from .errors import join, show
from .scalars import String
from .structs import Struct
from .values import Scalar

ERRORS_MAX = 100
LINES_MAX = 20_000

RUN_TIME = {'mesos.instance', 'mesos.hostname', 'thermos.task_id'}


class Fault:
    """One error of a job: where in it, what, what is expected, the line."""

    __slots__ = ('path', 'message', 'expected', 'place')

    def __init__(self, path, message, expected, place):
        self.path, self.message, self.expected, self.place = path, message, expected, place

    def summary(self):
        return f'{self.path}: {self.message}' if self.path else self.message


class Report:
    def __init__(self):
        self.errors = []
        # path -> (file, line) of the call that set the field.
        self.lines = {}

    def add(self, path, message, expected=None, place=None):
        if len(self.errors) < ERRORS_MAX:
            self.errors.append(Fault(path, message, expected, place))

    def note(self, path, place):
        if place is not None and len(self.lines) < LINES_MAX:
            self.lines[path] = place


def is_run_time(ref):
    """Whether the agent fills it in."""
    address = ref.address()
    if address in RUN_TIME:
        return True
    steps = ref.steps
    return len(steps) == 3 and steps[:2] == (('.', 'thermos'), ('.', 'ports')) and steps[2][0] == '['


def below(path, step):
    return join(path, step) if path else step


def render(value, path, place, report, late=False):
    """
    The JSON of an interpolated value. `late`: refs that are left may be bound later. The line of a field is that of the call that
    set it, or of what contains it.
    """
    if isinstance(value, Struct):
        return render_struct(value, path, place, report, late)
    if isinstance(value, ListValue):
        return [render(one, f'{path}[{index}]', place, report, late) for index, one in enumerate(value._values)]
    if isinstance(value, MapValue):
        entries = ((str(key.get()), one) for key, one in value._map.items())
        return {key: render(one, below(path, key), place, report, late) for key, one in entries}
    if isinstance(value, ChoiceValue):
        return render(value._chosen, path, place, report, late)
    return render_scalar(value, path, place, report, late)


def render_struct(struct, path, place, report, late):
    made = struct._place or place
    report.note(path, made)
    json = {}
    missing = any(field.required and name not in struct._data for name, field in struct.FIELDS.items())
    for name, field in struct.FIELDS.items():
        where = below(path, name)
        value = struct._data.get(name)
        if value is not None:
            line = struct._origins.get(name)
            report.note(where, line)
            # A default that refers to what is missing is not a second error.
            json[name] = render(value, where, line or made, report, late or (missing and line is None))
        elif field.required:
            kind = type(struct).KIND
            report.add(path, f'{kind} needs a field "{name}"', field.type.KIND, made)
    return json


def render_scalar(value, path, place, report, late):
    assert isinstance(value, Scalar)
    if value._final is None and not (late and isinstance(value, String)):
        strangers = [ref for ref in value.refs() if not is_run_time(ref)]
        for ref in strangers:
            report.add(path, *unbound(ref), place)
        if strangers:
            return None
    if value._final is None and value.refs() and not isinstance(value, String):
        message = f'{show(value._value)} is not {value.EXPECTED}: {value.refs()[0]} is known on the agent only'
        report.add(path, message, value.EXPECTED, place)
        return None
    try:
        return value.coerce(value._value)
    except ValueError:
        report.add(path, f'{show(value._value)} is not {value.EXPECTED}', value.EXPECTED, place)
        return None


def unbound(ref):
    """The message for a ref that nobody fills in, and what is expected."""
    address = ref.address()
    if ref.steps[:2] == (('.', 'docker'), ('.', 'image')):
        message = f'{ref} needs a look-up in a registry, which is not supported'
        return message, f'the whole name of the image, or --bind {address}=IMAGE'
    if ref.steps[:1] == (('.', 'thermos'),) or ref.steps[:1] == (('.', 'mesos'),):
        return f'{ref} is nothing that the agent knows', 'mesos.instance, mesos.hostname, thermos.task_id, thermos.ports[name]'
    return f'{ref} is not bound', f'.bind(..) in the config or --bind {address}=VALUE'
