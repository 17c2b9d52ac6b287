import fc from 'fast-check';
import {
  DecodeError,
  ExecutorCall,
  FrameworkInfo,
  KillPolicy,
  MasterResponse,
  SchedulerCall,
  SchedulerEvent,
  TaskInfo,
  TaskStatus,
  ValueRanges,
  decode,
  decodeText,
  encode,
  parseJson,
  type Message,
} from '../../src/index.js';
import { arbitraryMessage } from './arbitrary.js';

const messages: readonly Message<unknown>[] = [
  SchedulerCall,
  SchedulerEvent,
  ExecutorCall,
  MasterResponse,
  TaskInfo,
].map((type) => type as Message<unknown>);

describe('the JSON codec', () => {
  it.each(messages.map((type) => [type.name, type] as const))(
    'reads back any %s that it printed',
    (_, type) => {
      fc.assert(
        fc.property(arbitraryMessage(type), (value) => {
          const text = encode(type, value);
          expect(text).toMatch(/^[ -~]*$/); // one line of ASCII
          expect(decodeText(type, text)).toEqual(value);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('never throws anything but DecodeError, whatever JSON it gets', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('type', 'subscribe', 'accept', 'kill'), (json, name) => {
        for (const input of [json, { [name]: json }]) {
          try {
            decode(SchedulerCall, input);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
    );
  });

  it('takes null as unset, and ignores names that it does not know, camel case among them', () => {
    const info = { user: 'u', name: 'n', id: null, failoverTimeout: 5, nonsense: { a: 1 } };
    expect(decode(FrameworkInfo, info)).toEqual({
      user: 'u',
      name: 'n',
      failover_timeout: 0,
      checkpoint: false,
    });
  });

  it('takes a bare element for a list of one, and nulls in a list for nothing', () => {
    expect(decode(FrameworkInfo, { user: 'u', name: 'n', roles: 'a' }).roles).toEqual(['a']);
    expect(decode(FrameworkInfo, { user: 'u', name: 'n', roles: [null, 'a'] }).roles).toEqual(['a']);
  });

  it('takes numbers and booleans as text', () => {
    const info = decode(FrameworkInfo, { user: 'u', name: 'n', failover_timeout: '1.5', checkpoint: 'true' });
    expect([info.failover_timeout, info.checkpoint]).toEqual([1.5, true]);
    expect(
      decode(FrameworkInfo, { user: 'u', name: 'n', failover_timeout: 'Infinity' }).failover_timeout,
    ).toBe(Infinity);
  });

  it('drops an unknown name of an optional enum and refuses one of a required', () => {
    expect(decode(SchedulerCall, { type: 'NO_SUCH' }).type).toBeUndefined();
    expect(() => decode(TaskStatus, { task_id: { value: 't' }, state: 'TASK_HAPPY' })).toThrow(
      "Failed to find enum for 'TASK_HAPPY'",
    );
  });

  it.each([
    [FrameworkInfo, { user: 5, name: 'n' }, "Not expecting a JSON number for field 'user'"],
    [FrameworkInfo, { user: ['u'], name: 'n' }, "Not expecting a JSON array for field 'user'"],
    [
      FrameworkInfo,
      { user: 'u', name: 'n', checkpoint: 'yes' },
      "Failed to parse 'yes' as a JSON boolean for field 'checkpoint'",
    ],
    [FrameworkInfo, { user: 'u', name: 'n', failover_timeout: 'x' }, "Failed to parse 'x' as a JSON number"],
    [FrameworkInfo, { name: 'n' }, 'Missing required fields: user'],
    [FrameworkInfo, [], "Expecting a JSON object for 'FrameworkInfo'"],
    [ValueRanges, { range: [{ begin: -1, end: 2 }] }, "Number -1 out of range for field 'range[0].begin'"],
    [KillPolicy, { grace_period: 'soon' }, "Expecting a JSON object for 'grace_period'"],
    [
      TaskStatus,
      { task_id: { value: 't' }, state: 1 },
      "Expecting the name of a TaskState for field 'state'",
    ],
    [
      TaskStatus,
      { task_id: { value: 't' }, state: 'TASK_LOST', uuid: 'a_-=' },
      "Failed to base64 decode bytes field 'uuid'",
    ],
  ] as const)('refuses a bad %p', (type, json, message) => {
    expect(() => decode(type as Message<unknown>, json)).toThrow(message);
  });

  it('lists all missing fields with their paths', () => {
    expect(() =>
      decode(SchedulerCall, { type: 'KILL', subscribe: { framework_info: {} }, kill: {} }),
    ).toThrow(
      'Missing required fields: subscribe.framework_info.user, subscribe.framework_info.name, kill.task_id',
    );
  });

  it('escapes what is not ASCII, so that characters and bytes are one', () => {
    expect(encode(FrameworkInfo, { user: 'ü', name: '日😀' })).toContain(
      '"user":"\\u00fc","name":"\\u65e5\\ud83d\\ude00"',
    );
  });

  it('refuses to print a message without a required field', () => {
    expect(() => encode(FrameworkInfo, { user: 'u' } as FrameworkInfo)).toThrow(
      "required field 'name' is unset",
    );
  });

  it.each([
    ['{"type":', 'syntax error at line 1 near: '],
    ['{"a":}', 'syntax error at line 1 near: }'],
    ['{\n"b":1,\n"c":;}', 'syntax error at line 3 near: ;}'],
    ['{} {}', 'syntax error at line 1 near: {}'],
    ['', 'syntax error at line 1 near: '],
  ])('says where %j stops being JSON', (text, message) => {
    expect(() => parseJson(text)).toThrow(new DecodeError(message));
  });
});
