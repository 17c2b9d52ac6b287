/** The client against servers that answer well, badly, late and not at all. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import {
  AnswerError,
  ApiError,
  createSchedulerClient,
  NetworkError,
  REDIRECTS_MAX,
  TRIES_MAX,
  type ClientOptions,
} from '@murmur/scheduler-api';
import { fail, json, OUTCOME, PARAMS, startFake, type Fake } from './support/fake.js';

const fakes: Fake[] = [];
const fake = async (...args: Parameters<typeof startFake>): Promise<Fake> => {
  const one = await startFake(...args);
  fakes.push(one);
  return one;
};
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((one) => one.close()));
});

const EMPTY = { items: [], total: 0 };
/** Pauses are as short as chance makes them. */
const client = (urls: ClientOptions['urls'], more: Partial<ClientOptions> = {}) =>
  createSchedulerClient({ urls, random: () => 0, ...more });
const kill = (of: ReturnType<typeof client>) => of.call('kill', { params: PARAMS, body: { instances: '0' } });

/** A port where nobody listens. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe('a call', () => {
  it('is made by the table of routes, and its answer is read by its shape', async () => {
    const one = await fake((res) => json(res, 200, OUTCOME));
    expect(await kill(client(one.url))).toEqual(OUTCOME);
    expect(one.asked).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/jobs/www/prod/web/kill',
        body: '{"instances":"0"}',
        authorization: undefined,
      },
    ]);
  });

  it('escapes what is put into the path and the query', async () => {
    const one = await fake((res, { url }) =>
      url.includes('/tasks') ? fail(res, 404, 'not-found') : json(res, 200, EMPTY),
    );
    await client(one.url).call('jobs', { query: { role: 'a&b=c', limit: 3, name: undefined } });
    await expect(client(one.url).call('task', { params: { id: '../x?y' } })).rejects.toThrow(ApiError);
    expect(one.asked.map(({ url }) => url)).toEqual([
      '/api/v1/jobs?role=a%26b%3Dc&limit=3',
      '/api/v1/tasks/..%2Fx%3Fy',
    ]);
  });

  it.each([
    [{ token: 'abc' }, 'Bearer abc'],
    [{ user: 'ann', password: 'pä:1' }, `Basic ${Buffer.from('ann:pä:1').toString('base64')}`],
    [() => ({ token: 'fresh' }), 'Bearer fresh'],
  ])('carries credentials', async (credentials, header) => {
    const one = await fake((res) => json(res, 200, EMPTY));
    await client(one.url, { credentials }).call('offers');
    expect(one.asked[0]?.authorization).toBe(header);
  });

  it('that is refused rejects with code, message and details', async () => {
    const one = await fake((res) =>
      json(res, 422, { error: { code: 'invalid-job', message: 'no', details: ['a: missing', 3] } }),
    );
    const error = await kill(client(one.url)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 'invalid-job',
      status: 422,
      retry: false,
      message: 'no',
      details: ['a: missing'],
    });
    expect(one.asked).toHaveLength(1);
  });

  it.each([
    [200, 'rubbish', 'not JSON'],
    [200, '{"items": 3, "total": 0}', 'items: '],
    [502, '<html>', 'status 502 without an error of the API'],
    [418, '{"error": {"code": "teapot", "message": "x"}}', 'status 418'],
  ])('that is answered with %i %s says that it is no scheduler', async (status, body, text) => {
    const one = await fake((res) => res.writeHead(status).end(body));
    await expect(client(one.url).call('offers')).rejects.toThrow(text);
    await expect(client(one.url).call('offers')).rejects.toThrow(AnswerError);
  });

  it('can be given up', async () => {
    const one = await fake(() => undefined);
    const stop = new AbortController();
    const call = client(one.url).call('offers', {}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('to something that is no URL of a scheduler is an error of the caller', () => {
    expect(() => client('ftp://x')).toThrow('"ftp://x" is not the URL of a scheduler');
    expect(() => client([])).toThrow('no URL of a scheduler is given');
  });
});

describe('a scheduler that cannot be reached', () => {
  it('is tried again, and then named', async () => {
    const url = await nowhere();
    const error = await kill(client(url)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      url,
      uncertain: false,
      retry: true,
      message: `${url} does not answer: ECONNREFUSED`,
    });
  });

  it('is left for the next one', async () => {
    const one = await fake((res) => json(res, 200, OUTCOME));
    const many = client([await nowhere(), one.url]);
    expect(await kill(many)).toEqual(OUTCOME);
    expect(many.url()).toBe(one.url);
  });

  it('that breaks the connection may have made a change: it is not asked again', async () => {
    const one = await fake((res) => res.destroy());
    await expect(kill(client(one.url))).rejects.toMatchObject({ uncertain: true });
    expect(one.asked).toHaveLength(1);
  });

  it('that is late may have made a change', async () => {
    const one = await fake(() => undefined);
    const error = await kill(client(one.url, { timeoutMs: 50 })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      uncertain: true,
      message: `${one.url} does not answer: nothing within 50 ms`,
    });
  });

  it('is asked again for what only reads', async () => {
    const one = await fake((res, _asked, nth) => (nth < TRIES_MAX ? res.destroy() : json(res, 200, EMPTY)));
    expect(await client(one.url).call('offers')).toEqual(EMPTY);
    expect(one.asked).toHaveLength(TRIES_MAX);
  });

  it('is asked so often and no more', async () => {
    const one = await fake((res) => fail(res, 503, 'not-ready'));
    await expect(client(one.url).call('offers')).rejects.toMatchObject({ code: 'not-ready' });
    expect(one.asked).toHaveLength(TRIES_MAX);
  });

  it('that is not ready has made no change: it is asked again', async () => {
    const one = await fake((res, _asked, nth) =>
      nth === 1 ? fail(res, 503, 'not-ready') : json(res, 200, OUTCOME),
    );
    expect(await kill(client(one.url))).toEqual(OUTCOME);
  });

  it.each([
    [500, 'internal'],
    [409, 'job-updating'],
    [409, 'job-exists'],
    [401, 'unauthorized'],
  ])('is not asked again for a change after %i %s', async (status, code) => {
    const one = await fake((res) => fail(res, status, code));
    await expect(kill(client(one.url))).rejects.toMatchObject({ code });
    expect(one.asked).toHaveLength(1);
  });
});

describe('a redirect', () => {
  it('to the leader is followed with method, body and credentials, and remembered', async () => {
    const leader = await fake((res) => json(res, 200, OUTCOME));
    const other = await fake((res, { url }) => res.writeHead(307, { location: leader.url + url }).end());
    const both = client(other.url, { credentials: { token: 't' } });
    await kill(both);
    await kill(both);
    expect(other.asked).toHaveLength(1);
    expect(leader.asked).toHaveLength(2);
    expect(leader.asked[0]).toMatchObject({
      method: 'POST',
      body: '{"instances":"0"}',
      authorization: 'Bearer t',
    });
  });

  it.each([
    ['/elsewhere', 'another path'],
    ['ftp://x/api/v1/offers', 'another protocol'],
    ['http://user@x/api/v1/offers', 'credentials of its own'],
    ['http://x/api/v1/offers?a=1', 'another query'],
  ])('to %s is not followed: it has %s', async (location) => {
    const one = await fake((res) => res.writeHead(307, { location }).end());
    await expect(client(one.url, { credentials: { token: 't' } }).call('offers')).rejects.toThrow(
      'a redirect to',
    );
    expect(one.asked).toHaveLength(1);
  });

  it('in a circle ends', async () => {
    const one = await fake();
    one.answer = (res, { url }) => res.writeHead(307, { location: one.url + url }).end();
    await expect(client(one.url, { triesMax: 1 }).call('offers')).rejects.toThrow(
      `more than ${REDIRECTS_MAX} redirects`,
    );
    expect(one.asked).toHaveLength(REDIRECTS_MAX + 1);
  });

  it('to a leader that is gone leads back to the schedulers that are known', async () => {
    const gone = await nowhere();
    const one = await fake((res, { url }, nth) =>
      nth === 1 ? res.writeHead(307, { location: gone + url }).end() : json(res, 200, EMPTY),
    );
    expect(await client(one.url).call('offers')).toEqual(EMPTY);
  });
});

describe('a stream of events', () => {
  const gap = (id: string) => `id: ${id}\nevent: gap\ndata: {"kind":"gap","text":"${id}"}\n\n`;
  const stream = { 'content-type': 'text/event-stream' };

  it('is taken up where it broke, by redirects too', async () => {
    const leader = await fake((res, { lastEventId }, nth) => {
      res.writeHead(200, stream).write(gap(`${nth}.0`));
      if (lastEventId === undefined || nth < 3) res.end();
    });
    const one = await fake((res, { url }) => res.writeHead(307, { location: leader.url + url }).end());
    const stop = new AbortController();
    const ids = [];
    for await (const { id } of client([one.url]).events({ role: 'w*', signal: stop.signal })) {
      ids.push(id);
      if (ids.length === 3) stop.abort();
    }
    expect(ids).toEqual(['1.0', '2.0', '3.0']);
    expect(leader.asked.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1.0', '2.0']);
    expect(leader.asked[0]?.url).toBe('/api/v1/events?role=w*');
  });

  it('ends with the error of a caller who may not', async () => {
    const one = await fake((res) => fail(res, 401, 'unauthorized'));
    const events = client(one.url).events();
    await expect(events.next()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('leaves out kinds that are not known, and rejects what has another shape', async () => {
    const one = await fake((res) => {
      res.writeHead(200, stream).write('event: news\ndata: ?\n\n');
      res.write('event: gap\ndata: {"kind":"gap"}\n\n');
    });
    await expect(client(one.url).events().next()).rejects.toThrow('an event of another shape');
  });

  it('is left by whoever stops reading', async () => {
    const one = await fake((res) => void res.writeHead(200, stream).write(gap('1.0')));
    for await (const { id } of client(one.url).events()) {
      expect(id).toBe('1.0');
      break;
    }
    expect(one.asked).toHaveLength(1);
  });
});
