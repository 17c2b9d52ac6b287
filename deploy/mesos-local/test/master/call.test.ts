import { SchedulerCall, decode } from '@murmur/engine';
import { validateCall } from '../../src/master/call-core.js';
import { parsePid, validateId } from '../../src/master/ids-core.js';
import { isUuid } from '../../src/uuid-core.js';
import { UUID } from './harness.js';

const framework_id = { value: 'f' };
const info = { user: 'u', name: 'n' };

describe('a call', () => {
  const incomplete: readonly (readonly [object, string])[] = [
    [{}, 'type'],
    [{ type: 'SUBSCRIBE' }, 'subscribe'],
    [{ type: 'TEARDOWN' }, 'framework_id'],
    ...[
      'ACCEPT',
      'DECLINE',
      'ACCEPT_INVERSE_OFFERS',
      'DECLINE_INVERSE_OFFERS',
      'KILL',
      'SHUTDOWN',
      'ACKNOWLEDGE',
      'ACKNOWLEDGE_OPERATION_STATUS',
      'RECONCILE',
      'RECONCILE_OPERATIONS',
      'MESSAGE',
      'REQUEST',
      'UPDATE_FRAMEWORK',
    ].map((type) => [{ type, framework_id }, type.toLowerCase()] as const),
  ];
  it.each(incomplete)('%j lacks %s', (call, field) => {
    expect(validateCall(decode(SchedulerCall, call), null)).toBe(`Expecting '${field}' to be present`);
  });

  it.each([
    [{ type: 'TEARDOWN', framework_id }],
    [{ type: 'REVIVE', framework_id }],
    [{ type: 'SUPPRESS', framework_id }],
    [{ type: 'RECONCILE', framework_id, reconcile: {} }],
    [{ type: 'SUBSCRIBE', subscribe: { framework_info: info } }],
    [{ type: 'SUBSCRIBE', framework_id, subscribe: { framework_info: { ...info, id: framework_id } } }],
    [{ type: 'SUBSCRIBE', framework_id: { value: '' }, subscribe: { framework_info: info } }],
  ])('%j is complete', (call) => {
    expect(validateCall(decode(SchedulerCall, call), null)).toBeNull();
  });

  it('names two ids, another principal, and what is no UUID', () => {
    const subscribe = (framework_info: object, id?: string): SchedulerCall =>
      decode(SchedulerCall, {
        type: 'SUBSCRIBE',
        ...(id === undefined ? {} : { framework_id: { value: id } }),
        subscribe: { framework_info: { ...info, ...framework_info } },
      });
    expect(validateCall(subscribe({ id: framework_id }), null)).toBe(
      "'framework_id' differs from 'subscribe.framework_info.id'",
    );
    expect(validateCall(subscribe({ principal: 'p' }), 'q')).toBe(
      "Authenticated principal 'q' does not match principal 'p' set in `FrameworkInfo`",
    );
    expect(validateCall(subscribe({}), 'q')).toBeNull();
    const acknowledge = { agent_id: { value: 'a' }, task_id: { value: 't' }, uuid: 'AAAA' };
    const call = decode(SchedulerCall, { type: 'ACKNOWLEDGE', framework_id, acknowledge });
    expect(validateCall(call, null)).toBe('Not a valid UUID');
  });
});

it('ids, uuids and pids are recognised', () => {
  expect(isUuid(UUID)).toBe(true);
  expect(isUuid('BwcHBwcHBwcHBwcHBwcHBw==')).toBe(false);
  expect(validateId('job-0.1:x')).toBeNull();
  expect(validateId('a\u0007b')).toContain('contains invalid characters');
  expect(parsePid('slave(1)@10.0.0.1:5051')).toEqual({ id: 'slave(1)', ip: '10.0.0.1', port: 5051 });
  expect(parsePid('nonsense')).toBeNull();
});
