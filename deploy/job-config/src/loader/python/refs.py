"""Refs in texts: `{{name.field[key]}}`. Finding them, reading them, putting in what they stand for."""

import functools
import re

from .errors import ConfigError, show

PASSES_MAX = 100
TEXT_MAX = 1024 * 1024

REF = re.compile(r'\{\{(&?)([^{}]+)\}\}')
STEP = re.compile(r'\.([^\W\d]\w*)|\[([\w\-./]+)\]')


class NotFound(LookupError):
    """A scope does not know a ref."""


class Ref:
    """An address: a tuple of steps, each ('.', field) or ('[', key)."""

    __slots__ = ('steps',)

    def __init__(self, steps):
        self.steps = tuple(steps)

    @staticmethod
    def from_address(address):
        return parse(address)

    @staticmethod
    def wrap(value):
        return value if isinstance(value, Ref) else parse(value)

    def address(self):
        text = ''.join(f'.{name}' if kind == '.' else f'[{name}]' for kind, name in self.steps)
        return text[1:] if text.startswith('.') else text

    def field(self):
        """The name of the first step, when it is a field, and None when it is a key."""
        kind, name = self.steps[0]
        return name if kind == '.' else None

    def rest(self, count=1):
        return Ref(self.steps[count:])

    def __str__(self):
        return '{{%s}}' % self.address()

    def __repr__(self):
        return f'Ref({self.address()})'

    def __eq__(self, other):
        return isinstance(other, Ref) and self.steps == other.steps

    def __hash__(self):
        return hash(self.steps)


@functools.lru_cache(maxsize=10_000)
def parse(address):
    """Reads an address. A ConfigError says what an address looks like."""
    text = address if isinstance(address, str) else ''
    dotted = text if text[:1] in ('.', '[') else f'.{text}'
    steps, at = [], 0
    while at < len(dotted):
        match = STEP.match(dotted, at)
        if match is None:
            break
        steps.append(('.', match[1]) if match[1] is not None else ('[', match[2]))
        at = match.end()
    if not steps or at < len(dotted):
        raise ConfigError(
            f'{show(address)} is not the name of a ref',
            'name.field[key]; {{&text}} stands for {{text}} in braces',
        )
    return Ref(steps)


def refs(text):
    """The innermost refs of a text, in order."""
    return [parse(match[2]) for match in REF.finditer(text) if not match[1]]


def resolve(text, scope, text_of):
    """
    The text with every ref filled in that `scope` knows, innermost first, again and again until nothing changes; and the refs
    that are left. `text_of` makes a text of what the scope found. `{{&x}}` stays as it is: the agent makes `{{x}}` of it.
    """
    found = {}
    for _ in range(PASSES_MAX):
        parts, left, changed, at = [], [], False, 0
        for match in REF.finditer(text):
            parts.append(text[at:match.start()])
            at = match.end()
            if match[1]:
                parts.append(match[0])
                continue
            ref = parse(match[2])
            if ref not in found and scope is not None:
                try:
                    found[ref] = text_of(ref, scope.find(ref))
                except NotFound:
                    pass
            if ref in found:
                parts.append(found[ref])
                changed = True
            else:
                parts.append(match[0])
                left.append(ref)
        parts.append(text[at:])
        if sum(map(len, parts)) > TEXT_MAX:
            raise ConfigError(f'{show(text)} grows beyond {TEXT_MAX} characters as its refs are filled in')
        text = ''.join(parts)
        if not changed:
            return text, left
    raise ConfigError(f'{show(text)} refers to itself: refs are left after {PASSES_MAX} passes')
