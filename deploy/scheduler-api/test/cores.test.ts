/** Decisions of the client, and the parser of event streams. */
import fc from 'fast-check';
import { fillPath, leaderOf, pauseMs, queryText, readError } from '../src/client-core.js';
import { readInput } from '../src/input.js';
import { SSE_EVENT_CHARS_MAX, SseParser, type SseEvent } from '../src/sse-core.js';
import { shapes } from '@murmur/scheduler-api';

const parse = (...pieces: readonly string[]): SseEvent[] => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => [...parser.push(piece)]);
};

describe('an event stream', () => {
  const text =
    ': hello\n\nid: 1.0\nevent: task\ndata: {"a":\ndata: 1}\n\ndata:no space\r\n\r\nid\rdata\r\revent: x\n\nretry: 5\ndata:  two\nunknown: z\n\n';
  const events = [
    { id: '1.0', kind: 'task', data: '{"a":\n1}' },
    { id: '1.0', kind: 'message', data: 'no space' },
    { id: '', kind: 'message', data: '' },
    { id: '', kind: 'message', data: ' two' },
  ];

  it('is cut into its events', () => {
    expect(parse(text)).toEqual(events);
  });

  it('is cut alike wherever it is split', () => {
    for (let at = 0; at <= text.length; at++)
      expect(parse(text.slice(0, at), text.slice(at))).toEqual(events);
    expect(parse(...Array.from(text))).toEqual(events);
  });

  it('gives no event that is not whole', () => {
    expect(parse('data: a\n')).toEqual([]);
    expect(parse('id: 1\0\ndata: a\n\n')).toEqual([{ id: null, kind: 'message', data: 'a' }]);
  });

  it('is bounded', () => {
    const parser = new SseParser();
    parser.push('data: ');
    expect(() => parser.push('x'.repeat(SSE_EVENT_CHARS_MAX))).toThrow('an event of more than');
  });

  it('does not fail on rubbish', () => {
    fc.assert(fc.property(fc.array(fc.string()), (pieces) => void parse(...pieces)));
  });
});

describe('a path', () => {
  it('is filled in', () => {
    expect(fillPath('/a/:role/b/:id', { role: 'x/y', id: 3 })).toBe('/a/x%2Fy/b/3');
    expect(() => fillPath('/a/:role', {})).toThrow('the parameter role of /a/:role is missing');
    expect(() => fillPath('/a/:role', { role: '' })).toThrow('is missing');
    expect([queryText({}), queryText({ a: undefined, b: false })]).toEqual(['', '?b=false']);
  });
});

describe('a redirect', () => {
  it.each([
    ['http://a', 'http://b/x?y=1', 'http://b'],
    ['https://a', 'https://b:1/x?y=1', 'https://b:1'],
    ['http://a', 'https://b/x?y=1', 'https://b'],
    ['https://a', 'http://b/x?y=1', null],
    ['http://a', '/x?y=1', 'http://a'],
    ['http://a', 'http://b/z', null],
    ['http://a', 'http://%', null],
    ['http://a', null, null],
  ])('from %s to %s leads to %s', (from, location, leader) => {
    expect(leaderOf(from, '/x?y=1', location)).toBe(leader);
  });
});

describe('pauses', () => {
  it('double up to a bound, and are spread over the upper half', () => {
    expect([1, 2, 3, 9].map((tried) => pauseMs(tried, 100, 1000, 1))).toEqual([100, 200, 400, 1000]);
    expect(pauseMs(1, 100, 1000, 0)).toBe(50);
  });
});

describe('an error of the API', () => {
  it.each([
    null,
    3,
    [],
    {},
    { error: 'x' },
    { error: { code: 'toString', message: '' } },
    { error: { code: 'internal' } },
  ])('is not %j', (body) => {
    expect(readError(body)).toBeNull();
  });
});

describe('an input', () => {
  it.each<[unknown, readonly string[]]>([
    [{ instances: 0 }, ["the body's instances: 0 cannot be used: "]],
    [{ instances: 1, why: 2 }, ['the body: Unrecognized key: "why"']],
    [null, ['the body: null cannot be used: ']],
    [{ instances: 'x'.repeat(500) }, ["the body's instances: "]],
  ])('%j is refused by name', (value, problems) => {
    const result = readInput(shapes.scaleBody, value, 'the body');
    expect(result).toEqual({
      ok: false,
      problems: problems.map((text) => expect.stringContaining(text) as unknown),
    });
    if (!result.ok) expect(Math.max(...result.problems.map(({ length }) => length))).toBeLessThan(300);
  });
});
