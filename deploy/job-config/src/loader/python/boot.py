"""Makes the package `murmur_config` of the sources it is given. Runs once; a snapshot keeps what it made."""

import json
import sys
import types

PACKAGE = 'murmur_config'
# Each after those it imports.
ORDER = 'errors refs values scalars containers structs schema helpers report host sandbox locate evaluate'.split()


def boot(given):
    """`given` is JSON: the sources by their names, and the tables of the schema. Returns what answers a request."""
    given = json.loads(given)
    package = sys.modules[PACKAGE] = types.ModuleType(PACKAGE)
    package.__path__ = []
    for name in ORDER:
        module = types.ModuleType(f'{PACKAGE}.{name}')
        module.__package__ = PACKAGE
        sys.modules[module.__name__] = module
        setattr(package, name, module)
        exec(compile(given['sources'][name], f'{name}.py', 'exec'), module.__dict__)
    schema = package.evaluate.helpers_of(package.schema.build(given['schema']))
    pystachio = sys.modules['pystachio'] = types.ModuleType('pystachio')
    pystachio.__dict__.update(package.evaluate.PYSTACHIO)
    package.sandbox.prepare()
    return lambda request: package.evaluate.evaluate(schema, request)
