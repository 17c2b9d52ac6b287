import type { AgentEvent } from '../../src/agent/effects-core.js';
import { NOW, bench, command, custom, fromExecutor, launch, record, said, type Bench } from './cores.js';
import { EXPECTED } from './decide-table.js';

/** How a run gets into each situation. */
const SITUATIONS: Readonly<Record<string, () => Bench>> = {
  'command being launched': () => {
    const b = bench();
    b.master(launch(command('t')));
    return b;
  },
  'command running': () => {
    const b = SITUATIONS['command being launched']!();
    const { containerId } = b.run();
    b.does({ kind: 'launched', containerId, record: record(containerId) });
    return b;
  },
  'command being killed': () => {
    const b = SITUATIONS['command running']!();
    b.master({ type: 'KILL', framework_id: { value: 'F' }, task_id: { value: 't' } });
    return b;
  },
  'command ended': () => {
    const b = SITUATIONS['command running']!();
    b.does({ kind: 'ended', containerId: b.run().containerId, termination: { status: 0, limitation: null } });
    return b;
  },
  'executor being launched': () => {
    const b = bench();
    b.master(launch(custom('t')));
    return b;
  },
  'executor started': () => {
    const b = SITUATIONS['executor being launched']!();
    const { containerId } = b.run();
    b.does({ kind: 'launched', containerId, record: record(containerId) });
    return b;
  },
  'executor running': () => {
    const b = SITUATIONS['executor started']!();
    b.does({ kind: 'subscribed', containerId: b.run().containerId, subscribe: {} });
    return b;
  },
  'executor disconnected': () => {
    const b = SITUATIONS['executor running']!();
    b.does({ kind: 'disconnected', containerId: b.run().containerId });
    return b;
  },
  'executor being shut down': () => {
    const b = SITUATIONS['executor running']!();
    b.master({ type: 'SHUTDOWN_EXECUTOR', framework_id: { value: 'F' }, executor_id: { value: 'E' } });
    return b;
  },
  'executor ended': () => {
    const b = SITUATIONS['executor running']!();
    b.does({
      kind: 'ended',
      containerId: b.run().containerId,
      termination: { status: 256, limitation: null },
    });
    return b;
  },
};

const EVENTS: Readonly<Record<string, (b: Bench) => AgentEvent>> = {
  launched: (b) => ({
    kind: 'launched',
    containerId: b.run().containerId,
    record: record(b.run().containerId),
  }),
  'launch-failed': (b) => ({
    kind: 'launch-failed',
    containerId: b.run().containerId,
    reason: 'no such file',
  }),
  ended: (b) => ({
    kind: 'ended',
    containerId: b.run().containerId,
    termination: { status: 0, limitation: null },
  }),
  oom: (b) => ({
    kind: 'ended',
    containerId: b.run().containerId,
    termination: {
      status: 9,
      limitation: { kind: 'memory', message: 'Memory limit exceeded', resources: [] },
    },
  }),
  subscribed: (b) => ({ kind: 'subscribed', containerId: b.run().containerId, subscribe: {} }),
  disconnected: (b) => ({ kind: 'disconnected', containerId: b.run().containerId }),
  update: (b) => ({
    kind: 'update',
    containerId: b.run().containerId,
    status: fromExecutor('t', 'TASK_FINISHED'),
  }),
  message: (b) => ({ kind: 'message', containerId: b.run().containerId, data: '' }),
  unhealthy: (b) => ({ kind: 'health', containerId: b.run().containerId, healthy: false }),
  kill: () => ({
    kind: 'master',
    message: { type: 'KILL', framework_id: { value: 'F' }, task_id: { value: 't' } },
  }),
  shutdown: (b) => ({
    kind: 'master',
    message: {
      type: 'SHUTDOWN_EXECUTOR',
      framework_id: { value: 'F' },
      executor_id: { value: b.run().executorId },
    },
  }),
  teardown: () => ({ kind: 'master', message: { type: 'SHUTDOWN_FRAMEWORK', framework_id: { value: 'F' } } }),
  'another task': () => ({ kind: 'master', message: launch(custom('u')) }),
  'a minute later': () => ({ kind: 'tick' }),
};

function outcome(situation: string, event: string): string {
  const b = SITUATIONS[situation]!();
  const run = b.run();
  const happening = EVENTS[event]!(b);
  if (event === 'a minute later') b.now = NOW + 60_000;
  const effects = said(b.does(happening));
  const task = run.tasks.get('t');
  return [run.phase, `${String(task?.state)} ${String(task?.phase)}`, ...effects].join(' | ');
}

describe('whatever happens to a run', () => {
  for (const situation of Object.keys(SITUATIONS)) {
    for (const event of Object.keys(EVENTS)) {
      it(`has one outcome: ${event}, ${situation}`, () => {
        expect(outcome(situation, event)).toBe(EXPECTED[situation]?.[event]);
      });
    }
  }

  it('is all in the table', () => {
    expect(Object.keys(EXPECTED)).toEqual(Object.keys(SITUATIONS));
    for (const row of Object.values(EXPECTED))
      expect(Object.keys(row).sort()).toEqual(Object.keys(EVENTS).sort());
  });
});
