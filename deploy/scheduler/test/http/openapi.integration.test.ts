/** The document, the routes that Express really has, and the contract's table say the same. */
import { openapiDocument, openapiPath, ROUTES, type Route } from '@murmur/scheduler-api';
import { HANDLERS } from '../../src/http/handlers.js';
import { PAGES } from '../../src/http/pages-core.js';
import { startApi, type TestApi } from './api-world.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** `get /path` of each route that the app has. */
function registered(): readonly string[] {
  const { stack } = (api.http.app as unknown as { router: { stack: readonly Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    route === undefined ? [] : Object.keys(route.methods).map((method) => `${method} ${route.path}`),
  );
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

const operations = (document: Document): readonly string[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );

describe('the OpenAPI document', () => {
  it('has each route below /api that is served, and no other', async () => {
    const served = registered().filter((line) => line.includes(' /api/'));
    const document = (await api.get('/api/v1/openapi.json')).json as Document;
    expect(served.map(openapiPath).sort()).toEqual([...operations(document)].sort());
    expect(served).toHaveLength(Object.keys(ROUTES).length);
  });

  it('is that of the contract, for this version and host', async () => {
    const document = (await api.get('/api/v1/openapi.json')).json;
    expect(document).toEqual(JSON.parse(JSON.stringify(openapiDocument({ version: '1.2.3', url: api.url }))));
  });

  it('has a handler for every route but the two that answer by themselves', () => {
    const answered = Object.entries(ROUTES as Record<string, Route>).filter(
      ([, { answer }]) => answer !== null,
    );
    expect(Object.keys(HANDLERS).sort()).toEqual(answered.map(([id]) => id).sort());
  });
});

describe('the index page', () => {
  it('names every other endpoint for readers that is served', () => {
    const served = registered()
      .filter((line) => line.startsWith('get ') && !line.includes(' /api/'))
      .map((line) => openapiPath(line.replace('get ', '').replace('{/*path}', '')));
    const pages = Object.keys(PAGES).filter((path) => !path.startsWith('/api/'));
    expect(served.sort()).toEqual(pages.sort());
  });
});
