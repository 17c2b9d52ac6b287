"""Aurora's and Thermos's structs, made from the tables of the schema: what this file is given is their JSON."""

from . import containers, scalars, structs

# Enums that configs call by a name.
ENUMS = {
    ('RO', 'RW'): 'Mode',
    ('file', 'console', 'both', 'none'): 'LoggerDestination',
    ('standard', 'rotate'): 'LoggerMode',
}
SCALARS = {'string': scalars.String, 'integer': scalars.Integer, 'float': scalars.Float, 'boolean': scalars.Boolean}


def build(tables):
    """name -> type, for every struct of the tables and every enum with a name."""
    made = {}

    def type_of(shape):
        kind = shape['kind']
        if kind in SCALARS:
            return SCALARS[kind]
        if kind == 'enum':
            values = tuple(shape['values'])
            name = ENUMS.get(values, 'Enum_' + '_'.join(values))
            return made.setdefault(name, scalars.Enum(name, values))
        if kind == 'list':
            return containers.List(type_of(shape['of']))
        if kind == 'map':
            return containers.Map(scalars.String, type_of(shape['of']))
        if kind == 'choice':
            return containers.Choice([struct(name) for name in shape['of']])
        return struct(shape['name'])

    def field(row):
        of = type_of(row['type'])
        if row['label'] == 'required':
            return structs.Required(of)
        return structs.Default(of, row['default']) if row['label'] == 'defaulted' else structs.Field(of)

    def struct(name):
        if name not in made:
            rows = {row['name']: field(row) for row in tables[name]}
            made[name] = structs.StructType(name, (structs.Struct,), rows)
        return made[name]

    for name in tables:
        struct(name)
    return {name: of for name, of in made.items() if not name.startswith('Enum_')}
