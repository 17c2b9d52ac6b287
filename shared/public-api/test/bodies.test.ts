import fc from 'fast-check';
import { connect } from 'node:net';
import { jest } from '@jest/globals';
import { bodies, BODY_BYTES_MAX, cors, requestFields } from '../src/index.js';
import { serve, type TestApi } from './memory.js';

// Hundreds of requests take their time on a machine that has other things to do.
jest.setTimeout(60_000);

describe('bodies', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await serve(
      (app) => {
        app.post('/echo', (req, res) => {
          const f = requestFields(req);
          res.json({ status: f.string('status'), ids: f.list('id'), yes: f.boolean('yes') });
        });
        app.post('/crash', () => {
          throw new TypeError('a defect');
        });
        app.post('/away', () => {
          throw Object.assign(new Error('gone'), { name: 'StoreUnavailable' });
        });
        app.get('/path/:id', (_req, res) => void res.json('ok'));
      },
      cors(),
      bodies(),
    );
  });
  afterAll(() => api.stop());

  const post = (path: string, body: NonNullable<RequestInit['body']>, type?: string) =>
    fetch(api.url + path, {
      method: 'POST',
      body,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    });
  const wanted = { status: 'héllo & <b>', ids: ['1', '2'], yes: true };

  it('reads the same fields from JSON, urlencoded and multipart', async () => {
    const json = JSON.stringify({ status: 'héllo & <b>', id: ['1', '2'], yes: true });
    expect(await (await post('/echo', json, 'application/json; charset=UTF-8')).json()).toEqual(wanted);
    const form = new URLSearchParams([
      ['status', 'héllo & <b>'],
      ['id[]', '1'],
      ['id[]', '2'],
      ['yes', 'True'],
    ]);
    expect(await (await post('/echo', form)).json()).toEqual(wanted);
    const multipart = new FormData();
    for (const [name, value] of form) multipart.append(name, value);
    multipart.append('file', new Blob(['ignored']), 'a.txt');
    expect(await (await post('/echo', multipart)).json()).toEqual(wanted);
  });

  it('a query fills in what the body lacks; no body at all is no fields', async () => {
    const answer = await fetch(`${api.url}/echo?status=q&yes=1`, { method: 'POST' });
    expect(await answer.json()).toEqual({ status: 'q', ids: [], yes: true });
  });

  it('malformed bodies are 400, in JSON', async () => {
    const bad: [NonNullable<RequestInit['body']>, string][] = [
      ['{', 'application/json'],
      ['[1]', 'application/json'],
      ['"x"', 'application/json'],
      [Buffer.from([0x7b, 0xff, 0x7d]), 'application/json'],
      [Buffer.from('a=\xff', 'latin1'), 'application/x-www-form-urlencoded'],
      ['x', 'multipart/form-data'],
      ['--x\r\nrubbish', 'multipart/form-data; boundary=x'],
      [`{${Array.from({ length: 600 }, (_, i) => `"k${i}":1`).join()}}`, 'application/json'],
      ['a=1&'.repeat(600), 'application/x-www-form-urlencoded'],
    ];
    for (const [body, type] of bad) {
      const answer = await post('/echo', body, type);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        400,
        'application/json; charset=utf-8',
      ]);
      expect(await answer.json()).toEqual({ error: expect.any(String) });
    }
  });

  it('a part of a form without a name is a field without a name', async () => {
    for (const name of ['; name=""', '', '; name'])
      expect(
        (
          await post(
            '/echo',
            `--b\r\nContent-Disposition: form-data${name}\r\n\r\nx\r\n--b--\r\n`,
            'multipart/form-data; boundary=b',
          )
        ).status,
      ).toBe(200);
  });

  it('another type, charset or encoding is 415 and names what is allowed', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/json; charset=latin1'])
      expect((await post('/echo', 'x', type)).status).toBe(415);
    const answer = await fetch(`${api.url}/echo`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toEqual({
      error: 'content-encoding gzip is not supported, allowed: identity',
    });
  });

  it('a body over the limit is 413 whether or not its length was announced, and at the limit passes', async () => {
    const fill = (bytes: number) => `{"status":"${'a'.repeat(bytes - 13)}"}`;
    expect((await post('/echo', fill(BODY_BYTES_MAX), 'application/json')).status).toBe(422);
    for (const bytes of [BODY_BYTES_MAX + 1, BODY_BYTES_MAX * 4, 3 * 1024 * 1024])
      expect((await post('/echo', fill(bytes), 'application/json')).status).toBe(413);
    const stream = new Blob([fill(BODY_BYTES_MAX * 2)]).stream();
    const chunked = await fetch(`${api.url}/echo`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    });
    expect(chunked.status).toBe(413);
  });

  it('a body may come in any pieces', async () => {
    const body = '{"status":"héllo"}';
    const bytes = Buffer.from(body);
    const { port } = new URL(api.url);
    for (let at = 0; at <= bytes.length; at++) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.setNoDelay(true);
      socket.write(
        `POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      );
      socket.write(bytes.subarray(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(bytes.subarray(at));
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      expect(answer).toContain('"status":"héllo"');
    }
  });

  it('unknown routes, bad paths, defects and absent dependencies all answer JSON', async () => {
    const answers = [
      await fetch(`${api.url}/nowhere`),
      await fetch(`${api.url}/path/%E0%A4%A`),
      await post('/crash', '{}', 'application/json'),
      await post('/away', '{}', 'application/json'),
    ];
    expect(answers.map((a) => a.status)).toEqual([404, 400, 500, 503]);
    for (const answer of answers) expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answers[2]?.text()).not.toContain('defect');
    expect(answers[3]?.headers.get('retry-after')).toBe('2');
    expect(api.logged.length).toBeGreaterThanOrEqual(2);
  });

  it('answers a preflight and exposes Link and the rate headers', async () => {
    const preflight = await fetch(`${api.url}/anything`, {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    const answer = await fetch(`${api.url}/nowhere`);
    expect(answer.headers.get('access-control-expose-headers')).toContain('Link, X-RateLimit-Limit');
    const page = await fetch(`${api.url}/oauth/authorize`);
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('rubbish is never a 5xx', async () => {
    const type = fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'multipart/form-data; boundary=',
      '',
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .string({ unit: 'binary' })
        .map((text) =>
          Buffer.from(`--b\r\nContent-Disposition: form-data; name="status"\r\n\r\n${text}\r\n--b--`),
        ),
    );
    await fc.assert(
      fc.asyncProperty(type, body, async (contentType, bytes) => {
        const answer = await post('/echo', bytes, contentType);
        await answer.arrayBuffer();
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});
