import {
  AgentResponse,
  ExecutorCall,
  ExecutorEvent,
  MasterCall,
  MasterResponse,
  SchedulerCall,
  SchedulerEvent,
  createRecordDecoder,
  decode,
  decodeText,
  encode,
  type Message,
} from '../../src/index.js';
import { executorLines, schedulerLines, type Exchange } from './transcripts.js';

const exchanges = schedulerLines().filter((line): line is Exchange => line.what === 'exchange');
const chunks = schedulerLines().flatMap((line) => (line.what === 'stream chunk' ? [line.bytes] : []));
const executorChunks = executorLines().flatMap((line) => (line.chunk === undefined ? [] : [line.chunk]));

function records(bytes: string): string[] {
  return createRecordDecoder()
    .push(Buffer.from(bytes))
    .map((record) => record.toString());
}

/** Reads, prints and expects the same bytes: order of fields, defaults and fractions included. */
function expectSame<T>(type: Message<T>, text: string): void {
  expect(encode(type, decodeText(type, text))).toBe(text);
}

describe('the codecs and a real Mesos', () => {
  it('has a recording with every kind of line', () => {
    expect(exchanges.length).toBeGreaterThan(60);
    expect(chunks.length).toBeGreaterThan(35);
    expect(executorChunks).toHaveLength(6);
  });

  it.each(chunks.map((bytes, i) => [i, bytes] as const))(
    'prints scheduler event %i byte for byte as it came',
    (_, bytes) => {
      const events = records(bytes);
      expect(events).toHaveLength(1);
      for (const event of events) expectSame(SchedulerEvent, event);
    },
  );

  it.each(executorChunks.map((bytes, i) => [i, bytes] as const))(
    'prints executor event %i byte for byte as it came',
    (_, bytes) => {
      for (const event of records(bytes)) expectSame(ExecutorEvent, event);
    },
  );

  it('reads every call that was accepted, and prints what reads the same', () => {
    const calls: [Message<unknown>, string][] = exchanges.flatMap(({ request, response }) => {
      const type = callType(request.path);
      return type !== null && request.body !== undefined && response.status < 300
        ? [[type, request.body] as [Message<unknown>, string]]
        : [];
    });
    expect(calls.length).toBeGreaterThan(25);
    for (const [type, body] of calls) {
      const value = decodeText(type, body);
      expect(decodeText(type, encode(type, value))).toEqual(value);
    }
  });

  it('reads every call of the executor', () => {
    const calls = executorLines().flatMap((line) => (line.request === undefined ? [] : [line.request]));
    expect(calls).toHaveLength(6);
    const ids = { executor_id: { value: 'e' }, framework_id: { value: 'f' } };
    for (const call of calls)
      expect(decode(ExecutorCall, { ...ids, ...(call as object) }).type).toMatch(/^[A-Z]+$/);
  });

  it('reads every answer of the operator API, and prints what reads the same', () => {
    const answers = exchanges.filter(
      ({ request, response }) => request.path === '/api/v1' && response.status === 200,
    );
    expect(answers.length).toBeGreaterThan(10);
    for (const { request, response } of answers) {
      const ofAgent = request.headers['x-recorded-from'] === 'agent';
      const type = (ofAgent ? AgentResponse : MasterResponse) as Message<unknown>;
      const value = decodeText(type, response.body);
      expect(value).toHaveProperty(String(decode(MasterResponse, value).type).toLowerCase());
      expect(decodeText(type, encode(type, value))).toEqual(value);
    }
  });

  it('says of bad calls what Mesos said', () => {
    const syntax = exchanges[0];
    expect(syntax?.response.body).toContain('syntax error');
    expect(() => decodeText(SchedulerCall, syntax?.request.body ?? '')).toThrow(
      syntax?.response.body.replace('Failed to parse body into JSON: ', ''),
    );
  });
});

function callType(path: string): Message<unknown> | null {
  if (path === '/api/v1/scheduler') return SchedulerCall;
  return path === '/api/v1' ? MasterCall : null;
}
