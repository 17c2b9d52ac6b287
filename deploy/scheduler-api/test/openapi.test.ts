/** The OpenAPI document is one, and says everything that the table of routes says. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { ERRORS, openapiDocument, openapiPath, PARAMETERS, ROUTES, type Route } from '@murmur/scheduler-api';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
  }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly responses: Readonly<Record<string, unknown>>;
    readonly securitySchemes: unknown;
  };
}

const document = (): Document =>
  JSON.parse(JSON.stringify(openapiDocument({ version: '1', url: 'http://x' }))) as Document;
const routes = Object.entries(ROUTES as Record<string, Route>);

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate({ ...document() });
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('names no schema or answer that it has not', () => {
    const { schemas, responses } = document().components;
    const refs = [...JSON.stringify(document()).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
    const known = new Set([
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ]);
    expect(refs.length).toBeGreaterThan(100);
    expect(refs.filter((ref) => !known.has(ref))).toEqual([]);
  });

  it.each(routes)('describes %s', (id, { path, method, query = {}, body }) => {
    const operation = document().paths[openapiPath(path)]?.[method];
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const expected = [
      ...names.map((name) => `path ${name}`),
      ...Object.keys(query).map((name) => `query ${name}`),
    ];
    const parameters = (operation?.parameters ?? []).filter((parameter) => parameter.in !== 'header');
    expect(operation?.operationId).toBe(id);
    expect(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).toEqual(expected);
    expect(operation?.parameters.filter(({ description }) => description === '')).toEqual([]);
    expect(operation?.requestBody !== undefined).toBe(body !== undefined);
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '307', '400', '401', '503']),
    );
  });

  it('has every error, and both ways to log in', () => {
    const { responses, securitySchemes } = document().components;
    expect(Object.keys(responses)).toEqual(Object.keys(ERRORS));
    expect(securitySchemes).toMatchObject({ bearer: { scheme: 'bearer' }, basic: { scheme: 'basic' } });
  });

  it('describes no parameter that there is not', () => {
    const used = routes.flatMap(([, { path, query = {} }]) => [
      ...[...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name),
      ...Object.keys(query),
    ]);
    expect([...new Set(used)].sort()).toEqual(Object.keys(PARAMETERS).sort());
  });
});
