import { parseStreamRequest, type IncomingHead } from '../src/request-core.js';

const parse = (url: string, headers: IncomingHead['headers'] = {}) => parseStreamRequest({ url, headers });
const request = (url: string, headers: IncomingHead['headers'] = {}) => {
  const parsed = parse(url, headers);
  if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.refusal));
  return parsed.request;
};
const refusal = (url: string, headers: IncomingHead['headers'] = {}) => {
  const parsed = parse(url, headers);
  if (parsed.kind === 'request') throw new Error('was let through');
  return parsed.refusal;
};

describe('a streaming request', () => {
  it.each([
    ['/api/v1/streaming', null, false],
    ['/api/v1/streaming/', null, false],
    ['/api/v1/streaming?stream=', null, false],
    ['/api/v1/streaming?stream=user', 'user', false],
    ['/api/v1/streaming/?stream=user:notification', 'user:notification', false],
    ['/api/v1/streaming/user', 'user', false],
    ['/api/v1/streaming/user/notification', 'user:notification', false],
    ['/api/v1/streaming?stream=public', null, true],
    ['/api/v1/streaming?stream=hashtag&tag=x', null, true],
  ])('%s asks for %s', (url, stream, unknownStream) => {
    expect(request(url)).toMatchObject({ stream, unknownStream });
  });

  it.each(['/api/v1/streaming/public', '/api/v1/streaming/user/x', '/other', '/api/v1/streamingx'])(
    '%s is nothing here',
    (url) => {
      expect(refusal(url)).toMatchObject({ status: 404, body: { error: 'Record not found' } });
    },
  );

  it('takes the token from the header, the query or the sub-protocol, in this order', () => {
    const query = '/api/v1/streaming?access_token=q';
    const protocol = { 'sec-websocket-protocol': 'p, other' };
    expect(request(query, { authorization: 'Bearer h', ...protocol }).token).toBe('h');
    expect(request(query, protocol).token).toBe('q');
    expect(request('/api/v1/streaming', protocol).token).toBe('p');
    expect(request('/api/v1/streaming').token).toBeNull();
  });

  it('takes the cursor from Last-Event-ID before since', () => {
    expect(request('/api/v1/streaming?since=5').cursor).toEqual({ floor: 5n, seen: [] });
    expect(request('/api/v1/streaming?since=5', { 'last-event-id': '6,9' }).cursor).toEqual({
      floor: 6n,
      seen: [9n],
    });
    expect(request('/api/v1/streaming?since=', { 'last-event-id': '' }).cursor).toBeNull();
  });

  it.each(['x', '1,', '-1', '1,2,x', '99999999999999999999', `1${',2'.repeat(65)}`])(
    'refuses the cursor %s by name',
    (since) => {
      const { status, body } = refusal(`/api/v1/streaming/user?since=${since}`);
      expect(status).toBe(400);
      expect(body['error']).toMatch(/^since: ".*" is not a cursor; allowed is ID\[,ID\.\.\.\]/);
    },
  );

  it('names the header when the cursor came there', () => {
    expect(refusal('/api/v1/streaming/user', { 'last-event-id': 'z' }).body['error']).toMatch(
      /^Last-Event-ID: "z"/,
    );
  });
});
