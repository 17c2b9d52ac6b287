import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { staticServerSet, type Endpoint } from '@murmur/discovery';
import { freePort } from '@murmur/testkit';
import {
  createRestClient,
  RestOverloaded,
  RestUnavailable,
  type RestClient,
  type RestClientOptions,
} from '../src/index.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('a client of a service', () => {
  const servers: Server[] = [];
  const clients: RestClient[] = [];

  const listen = async (handler: Handler): Promise<Endpoint> => {
    const server = createServer(handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  };
  const dead = async (): Promise<Endpoint> => ({ host: '127.0.0.1', port: await freePort() });
  const client = (endpoints: readonly Endpoint[], options: Partial<RestClientOptions> = {}) => {
    const warnings: string[] = [];
    const log = { warn: (_: object, message: string) => void warnings.push(message) };
    const made = createRestClient({
      serverSet: staticServerSet(endpoints),
      clusterKey: 'key',
      name: 'timeline',
      log,
      ...options,
    });
    clients.push(made);
    return { rest: made, warnings };
  };

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((made) => made.close()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('sends the cluster key, the trace id and the body, and gives status and JSON back', async () => {
    const endpoint = await listen((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { authorization, 'x-trace-id': trace } = request.headers;
        json(response, 201, {
          authorization,
          trace,
          method: request.method,
          url: request.url,
          body: JSON.parse(body) as unknown,
        });
      });
    });
    const { rest } = client([endpoint]);
    expect(
      await rest.request({ method: 'POST', path: '/internal/x?y=1', body: { a: 1 }, traceId: 't1' }),
    ).toEqual({
      status: 201,
      body: {
        authorization: 'Bearer key',
        trace: 't1',
        method: 'POST',
        url: '/internal/x?y=1',
        body: { a: 1 },
      },
    });
  });

  it('takes an error status for an answer', async () => {
    const endpoint = await listen((_, response) => json(response, 503, { error: 'later' }));
    const { rest } = client([endpoint]);
    expect(await rest.request({ method: 'GET', path: '/' })).toEqual({
      status: 503,
      body: { error: 'later' },
    });
  });

  it('gets every answer from the fine one when another is dead and a third is silent, and stops asking those', async () => {
    let slowAsked = 0;
    const fine = await listen((_, response) => json(response, 200, 'fine'));
    const slow = await listen(() => void (slowAsked += 1));
    const { rest, warnings } = client([await dead(), slow, fine], { timeoutMs: 50 });
    for (let i = 0; i < 60; i++)
      expect(await rest.request({ method: 'GET', path: '/' })).toEqual({ status: 200, body: 'fine' });
    expect(slowAsked).toBeLessThan(20);
    expect(warnings).toEqual(['member ejected', 'member ejected']);
  });

  it('repeats a POST elsewhere only when it cannot have arrived', async () => {
    let posts = 0;
    const cutting = await listen((request) => {
      posts += 1;
      request.socket.destroy();
    });
    const fine = await listen((_, response) => json(response, 200, 'fine'));
    const cut = client([cutting, fine], { random: () => 0 }).rest;
    await expect(cut.request({ method: 'POST', path: '/', body: {} })).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect(posts).toBe(1);
    expect(await cut.request({ method: 'DELETE', path: '/' })).toMatchObject({ status: 200 });
    const refused = client([await dead(), fine], { random: () => 0 }).rest;
    expect(await refused.request({ method: 'POST', path: '/', body: {} })).toMatchObject({ status: 200 });
  });

  it('asks the one instance that is named and no other', async () => {
    const one = await listen((_, response) => json(response, 200, 'one'));
    const two = await listen((_, response) => json(response, 200, 'two'));
    const { rest } = client([one]);
    expect(await rest.request({ method: 'GET', path: '/', endpoint: two })).toMatchObject({ body: 'two' });
    await expect(rest.request({ method: 'GET', path: '/', endpoint: await dead() })).rejects.toMatchObject({
      code: 'CONNECT',
    });
  });

  it('says when nobody is there', async () => {
    await expect(client([]).rest.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'NO_MEMBERS',
    });
    const { rest } = client([await dead(), await dead()]);
    await expect(rest.request({ method: 'GET', path: '/' })).rejects.toBeInstanceOf(RestUnavailable);
    await rest.close();
    await expect(rest.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('refuses at once what is above its bound', async () => {
    const held: ServerResponse[] = [];
    const endpoint = await listen((_, response) => void held.push(response));
    const { rest } = client([endpoint], { inFlightMax: 2, timeoutMs: 20_000 });
    const two = [rest.request({ method: 'GET', path: '/' }), rest.request({ method: 'GET', path: '/' })];
    await expect(rest.request({ method: 'GET', path: '/' })).rejects.toBeInstanceOf(RestOverloaded);
    while (held.length < 2) await new Promise(setImmediate);
    for (const response of held) json(response, 200, null);
    expect(await Promise.all(two)).toHaveLength(2);
  });

  it('gives up with the reason of the caller who gives up', async () => {
    const endpoint = await listen(() => undefined);
    const { rest, warnings } = client([endpoint], { timeoutMs: 20_000 });
    const abort = new AbortController();
    const pending = rest.request({ method: 'GET', path: '/', signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(warnings).toEqual([]);
  });

  it.each([
    [
      'that is not JSON',
      (response: ServerResponse) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    ],
    [
      'that never ends',
      (response: ServerResponse) => {
        const pour = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      },
    ],
  ])('refuses an answer %s', async (_, answer) => {
    const endpoint = await listen((_request, response) => {
      answer(response);
    });
    const { rest } = client([endpoint], { timeoutMs: 20_000 });
    await expect(rest.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });
});
