import { z } from './zod.js';
import { ERRORS, type ErrorCode } from './errors.js';
import { PARAMETERS } from './parameters.js';
import { ROUTES, type Route, type RouteId } from './routes.js';
import * as shapes from './shapes.js';

/** Rows of a list when the request gives no `limit`. */
export const LIMIT_DEFAULT = 100;

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  readonly version: string;
  /** Of this scheduler, as `http://host:8081`. */
  readonly url: string;
}

/** The OpenAPI 3.1 document of the API, from the table of routes. */
export function openapiDocument({ version, url }: OpenApiOptions): Json {
  const names = nameSchemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][]) {
    (paths[openapiPath(route.path)] ??= {})[route.method] = operation(id, route, names);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Murmur scheduler',
      version,
      description: 'Jobs, tasks, agents and offers of a cluster. Times are ms since 1970, sizes MiB.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: [...new Set(Object.values(ROUTES).map((route: Route) => tagOf(route)))].map((name) => ({ name })),
    security: [{}, { bearer: [] }, { basic: [] }],
    paths,
    components: {
      schemas: schemasOf(names),
      responses: Object.fromEntries(
        (Object.keys(ERRORS) as ErrorCode[]).map((code) => [code, errorAnswer(code)]),
      ),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of the auth file' },
        basic: { type: 'http', scheme: 'basic', description: 'A user and a password of the auth file' },
      },
    },
  };
}

/** `/jobs/{role}` for `/jobs/:role`. */
export function openapiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

const errorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    details: z.array(z.string()).optional(),
  }),
});

/** Each shape by its name; bodies and answers that have none are called after their route. */
function nameSchemas(): ReadonlyMap<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  const name = (schema: z.ZodType | null | undefined, text: string): void => {
    if (schema !== null && schema !== undefined && !names.has(schema)) names.set(schema, capital(text));
  };
  name(errorBody, 'error');
  for (const [shape, schema] of Object.entries(shapes)) name(schema, shape);
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][]) {
    name(route.body, `${id}Body`);
    name(route.answer, `${id}Answer`);
  }
  return names;
}

function schemasOf(names: ReadonlyMap<z.ZodType, string>): Json {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, inline(schema)]));
}

function operation(id: RouteId, route: Route, names: ReadonlyMap<z.ZodType, string>): Json {
  const body =
    route.body === undefined ? {} : { requestBody: { required: true, content: json(route.body, names) } };
  return {
    operationId: id,
    summary: route.summary,
    tags: [tagOf(route)],
    description: `Needs the right \`${route.right}\`.`,
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(id)],
    ...body,
    responses: {
      200: { description: 'Done', ...content(id, route, names) },
      307: { description: 'Another scheduler leads', headers: { location: { schema: { type: 'string' } } } },
      ...errorsOf(route),
    },
  };
}

function content(id: RouteId, route: Route, names: ReadonlyMap<z.ZodType, string>): Json {
  if (id === 'events')
    return { content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/Event' } } } };
  if (route.answer === null) return { content: { 'application/json': { schema: { type: 'object' } } } };
  return { content: json(route.answer, names) };
}

function json(schema: z.ZodType, names: ReadonlyMap<z.ZodType, string>): Json {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${names.get(schema) ?? ''}` } } };
}

function pathParameters({ path }: Route): readonly Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: PARAMETERS[name] ?? '',
    schema: name === 'instance' ? { type: 'integer', minimum: 0 } : { type: 'string' },
  }));
}

function queryParameters({ query = {} }: Route): readonly Json[] {
  return Object.entries(query).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    description: PARAMETERS[name] ?? '',
    schema: {
      ...inline(z.toJSONSchema(schema, { io: 'output' })),
      ...(name === 'limit' ? { default: LIMIT_DEFAULT } : {}),
    },
  }));
}

function headerParameters(id: RouteId): readonly Json[] {
  if (id !== 'events') return [];
  const description = 'Id of the last event that was seen: the stream goes on after it';
  return [{ name: 'Last-Event-ID', in: 'header', required: false, description, schema: { type: 'string' } }];
}

/** By status: several codes of one status share an answer. */
function errorsOf(route: Route): Json {
  const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => mayGive(route, code));
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, [first = 'internal', ...more]]) => [
      status,
      more.length === 0 ? { $ref: `#/components/responses/${first}` } : shared([first, ...more]),
    ]),
  );
}

function mayGive(route: Route, code: ErrorCode): boolean {
  if (['job-exists', 'job-updating', 'limit-exceeded', 'never-fits'].includes(code))
    return route.right === 'write';
  if (['invalid-job', 'not-supported', 'too-large'].includes(code)) return route.body !== undefined;
  return true;
}

function errorAnswer(code: ErrorCode): Json {
  const { what, retry } = ERRORS[code];
  return { description: `\`${code}\`: ${what}${retry ? ' (try again)' : ''}`, content: errorContent };
}

function shared(codes: readonly ErrorCode[]): Json {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].what}`).join('; '),
    content: errorContent,
  };
}

const errorContent = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };

function tagOf({ path }: Route): string {
  return path.split('/')[3] ?? 'api';
}

/** Without what makes a schema a document of its own. */
function inline(schema: object): Json {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => !['$schema', '$id', 'id'].includes(key)),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
