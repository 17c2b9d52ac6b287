import {
  frameworkStreamEnded,
  removeFramework,
  tickFrameworks,
  updateFrameworkInfo,
} from '../../src/master/frameworks-core.js';
import { COMPLETED_FRAMEWORKS_MAX } from '../../src/master/state.js';
import { PLAIN, createCluster, frameworkInfo } from './harness.js';

describe('SUBSCRIBE', () => {
  it('gives a new framework an id, and SUBSCRIBED and HEARTBEAT at once', () => {
    const c = createCluster();
    const { streamId, framework } = c.subscribe();
    expect(framework.id).toBe('m1-0000');
    expect(c.types(streamId)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
    expect(c.events(streamId)[0]?.subscribed).toMatchObject({
      framework_id: { value: 'm1-0000' },
      heartbeat_interval_seconds: 15,
    });
    expect(c.subscribe({ id: { value: '' } }).framework.id).toBe('m1-0001');
  });

  it('fails a known framework over: the old stream gets ERROR and ends, offers go back without RESCIND', () => {
    const c = createCluster();
    const { streamId, framework } = c.subscribe();
    c.hello();
    c.allocate();
    expect(framework.offers.size).toBe(1);
    const second = c.subscribe({ id: { value: framework.id }, name: 'renamed', user: 'other' });
    expect(second.framework).toBe(framework);
    expect(c.events(streamId).at(-1)).toEqual({ type: 'ERROR', error: { message: 'Framework failed over' } });
    expect(c.ended(streamId)).toBe(true);
    expect(c.types(streamId)).not.toContain('RESCIND');
    expect(c.types(second.streamId)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
    expect(framework.offers.size).toBe(0);
    expect(c.state.offers.size).toBe(0);
    expect(framework.info).toMatchObject({ name: 'renamed', user: 'root' });
    // The end of the old stream, when it is noticed, means nothing.
    c.turn((turn) => {
      frameworkStreamEnded(turn, streamId, framework);
    });
    expect(framework.connected).toBe(true);
  });

  it('takes an unknown but well-formed id as one from before a failover of the master', () => {
    const c = createCluster();
    const { streamId, framework } = c.subscribe({ id: { value: 'm0-0007' } });
    expect(framework.id).toBe('m0-0007');
    expect(c.types(streamId)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
  });

  it.each([
    ['an invalid role', { roles: ['a b'] }, "'FrameworkInfo.roles' contains invalid role: "],
    ['a role twice', { roles: ['a', 'a'] }, "'FrameworkInfo.roles' contains duplicate items: { a }"],
    ['role and MULTI_ROLE', { role: 'a' }, "'FrameworkInfo.role' must not be set"],
    ['roles without MULTI_ROLE', { capabilities: [] }, "'FrameworkInfo.roles' must not be set"],
    ['a failover time-out that is no duration', { failover_timeout: 1e10 }, 'The framework failover_timeout'],
    ['an id with a slash', { id: { value: 'a/b' } }, "'a/b' contains invalid characters"],
  ])('answers %s with one ERROR event and the end', (_, given, message) => {
    const c = createCluster();
    const { streamId } = c.subscribe(given);
    expect(c.events(streamId)).toHaveLength(1);
    expect(c.events(streamId)[0]?.error?.message).toContain(message);
    expect(c.ended(streamId)).toBe(true);
    expect(c.state.frameworks.size).toBe(0);
  });

  it('refuses another principal, strange suppressed roles, and roles that the master does not have', () => {
    const c = createCluster({ roles: ['prod'] });
    const { framework } = c.subscribe({ principal: 'p' });
    const other = c.subscribe({ id: { value: framework.id }, principal: 'q' });
    expect(c.events(other.streamId)[0]?.error?.message).toBe(
      "Changing framework's principal is not allowed.",
    );
    expect(framework.connected).toBe(true);
    const suppressed = c.subscribe({}, ['x']);
    expect(c.events(suppressed.streamId)[0]?.error?.message).toContain('Suppressed roles { x }');
    const roles = c.subscribe({ roles: ['dev'] });
    expect(c.events(roles.streamId)[0]?.error?.message).toContain("not present in the master's --roles");
  });

  it('without MULTI_ROLE means the one role, * if none', () => {
    const c = createCluster();
    expect(c.subscribe(PLAIN).framework.roles).toEqual(['*']);
    expect(c.subscribe({ ...PLAIN, role: 'a/b' }).framework.roles).toEqual(['a/b']);
  });
});

describe('a framework whose stream broke', () => {
  it('gives its offers back and is removed when its failover time-out ends', () => {
    const c = createCluster();
    const { framework } = c.subscribe();
    const { streamId: agentStream } = c.hello();
    c.allocate();
    c.disconnect(framework);
    expect(framework).toMatchObject({ connected: false, active: false });
    expect(c.state.offers.size).toBe(0);
    c.advance(29_999);
    c.turn(tickFrameworks);
    expect(c.state.frameworks.has(framework.id)).toBe(true);
    c.advance(1);
    c.turn(tickFrameworks);
    expect(c.state.frameworks.has(framework.id)).toBe(false);
    expect(c.state.completedFrameworks.has(framework.id)).toBe(true);
    expect(c.messages(agentStream).map((message) => message.type)).toContain('SHUTDOWN_FRAMEWORK');
  });

  it('with a time-out of 0 is removed at once', () => {
    const c = createCluster();
    const { framework } = c.subscribe({ failover_timeout: 0 });
    c.disconnect(framework);
    expect(c.state.completedFrameworks.has(framework.id)).toBe(true);
  });

  it('that returns in time keeps its tasks and gets offers again', () => {
    const c = createCluster();
    const { framework } = c.running({}, 't1');
    c.disconnect(framework);
    c.advance(10_000);
    const { streamId } = c.subscribe({ id: { value: framework.id } });
    expect(framework.failoverDeadline).toBeNull();
    expect([...framework.tasks.keys()]).toEqual(['t1']);
    c.advance(10_000);
    c.allocate();
    expect(c.types(streamId)).toEqual(['SUBSCRIBED', 'HEARTBEAT', 'OFFERS']);
  });
});

describe('TEARDOWN', () => {
  it('ends tasks without telling, shuts them down on agents, and a second subscription is refused', () => {
    const c = createCluster();
    const { framework, streamId, agentStream, agent } = c.running({}, 't1');
    c.clear();
    c.turn((turn) => {
      removeFramework(turn, framework, 'TEARDOWN');
    });
    expect(c.events(streamId)).toEqual([]);
    expect(c.ended(streamId)).toBe(true);
    expect(c.messages(agentStream)).toEqual([
      { type: 'SHUTDOWN_FRAMEWORK', framework_id: { value: framework.id } },
    ]);
    expect(framework.completedTasks[0]).toMatchObject({ state: 'TASK_KILLED' });
    expect(framework.completedTasks[0]?.statuses[0]?.reason).toBe('REASON_FRAMEWORK_REMOVED');
    expect(agent.tasks.size).toBe(0);
    const again = c.subscribe({ id: { value: framework.id } });
    expect(c.events(again.streamId)).toEqual([
      { type: 'ERROR', error: { message: 'Framework has been removed' } },
    ]);
    expect(c.ended(again.streamId)).toBe(true);
  });

  it('keeps a bounded number of completed frameworks', () => {
    const c = createCluster();
    for (let i = 0; i < COMPLETED_FRAMEWORKS_MAX + 5; i++) {
      const { framework } = c.subscribe();
      c.turn((turn) => {
        removeFramework(turn, framework, 'TEARDOWN');
      });
    }
    expect(c.state.completedFrameworks.size).toBe(COMPLETED_FRAMEWORKS_MAX);
    expect(c.state.completedFrameworks.has('m1-0004')).toBe(false);
  });
});

describe('UPDATE_FRAMEWORK', () => {
  it('changes roles, rescinds offers of roles that it left, and tells agents that know it', () => {
    const c = createCluster();
    const { framework, streamId, agentStream } = c.running({ roles: ['a', 'b'] }, 't1');
    c.advance(10_000);
    c.allocate();
    const left = [...framework.offers].map((id) => c.state.offers.get(id)?.role ?? '');
    c.clear();
    const info = frameworkInfo({ id: { value: framework.id }, roles: ['c'] });
    expect(c.turn((turn) => updateFrameworkInfo(turn, framework, { framework_info: info }))).toBeNull();
    expect(left).toHaveLength(1);
    expect(c.types(streamId)).toEqual(['RESCIND']);
    expect(c.messages(agentStream).map((message) => message.type)).toEqual(['UPDATE_FRAMEWORK']);
    expect(framework.roles).toEqual(['c']);
  });

  it.each([
    [{ roles: ['a b'] }, 'Supplied FrameworkInfo is not valid: '],
    [{ user: 'x' }, "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported"],
    [{ checkpoint: false }, "FrameworkInfo update is not valid: Updating 'FrameworkInfo.checkpoint'"],
    [{ principal: 'x' }, "FrameworkInfo update is not valid: Changing framework's principal"],
  ])('refuses %j', (given, message) => {
    const c = createCluster();
    const { framework } = c.subscribe();
    const info = frameworkInfo({ id: { value: framework.id }, ...given });
    const error = c.turn((turn) => updateFrameworkInfo(turn, framework, { framework_info: info }));
    expect(error).toContain(message);
  });
});

it('a heartbeat is sent every interval, to connected frameworks only', () => {
  const c = createCluster();
  const { streamId, framework } = c.subscribe();
  c.clear();
  c.advance(14_999);
  c.turn(tickFrameworks);
  expect(c.events(streamId)).toEqual([]);
  c.advance(1);
  c.turn(tickFrameworks);
  c.turn(tickFrameworks);
  expect(c.types(streamId)).toEqual(['HEARTBEAT']);
  c.disconnect(framework);
  c.advance(15_000);
  c.turn(tickFrameworks);
  expect(c.types(streamId)).toEqual(['HEARTBEAT']);
});
