import type { FrameworkInfo, TaskInfo } from '@murmur/engine';
import { simulate, simulatedState, type Outcome } from '../../src/simulate/agent-core.js';
import type { AgentState } from '../../src/agent/model-core.js';
import { helloOf } from '../../src/agent/hello-core.js';
import type { MasterMessage } from '../../src/protocol.js';

const FRAMEWORK: FrameworkInfo = {
  id: { value: 'f' },
  name: 'n',
  user: 'root',
  roles: ['*'],
  capabilities: [{ type: 'MULTI_ROLE' }],
};
let uuids = 0;

function agent(): {
  state: AgentState;
  tell: (message: MasterMessage, now?: number) => Outcome;
  tick: (now: number) => Outcome;
} {
  const state = simulatedState({ index: 0, resources: '', port: 5051 });
  const world = (now: number): { now: number; uuid: () => string } => ({
    now,
    uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
  });
  const tell = (message: MasterMessage, now = 0): Outcome =>
    simulate(state, { kind: 'master', message }, world(now));
  tell({ type: 'SUBSCRIBED', agent_info: { ...state.info, id: { value: 's1' } } });
  return { state, tell, tick: (now) => simulate(state, { kind: 'tick' }, world(now)) };
}

function task(id: string): TaskInfo {
  return { ...withoutCommand(id), command: { value: 'sleep 1000' } };
}

function withoutCommand(id: string): TaskInfo {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: 's1' },
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
  };
}

const run = (tasks: readonly TaskInfo[], more: Partial<MasterMessage> = {}): MasterMessage => ({
  type: 'RUN',
  framework_info: FRAMEWORK,
  framework_id: { value: 'f' },
  tasks,
  ...more,
});
const said = (outcome: Outcome): readonly string[] =>
  outcome.messages.map(({ type, status }) =>
    status === undefined ? type : `${status.task_id.value} ${status.state}`,
  );
const ack = (outcome: Outcome): MasterMessage => {
  const status = outcome.messages.find((message) => message.status !== undefined)?.status;
  if (status?.uuid === undefined) throw new Error('there is nothing to acknowledge');
  return { type: 'ACKNOWLEDGE', framework_id: { value: 'f' }, task_id: status.task_id, uuid: status.uuid };
};

describe('a simulated agent', () => {
  it('says again at once what is not acknowledged when its scheduler has come back', () => {
    const { tell, tick } = agent();
    tell(run([task('t1')]));
    expect(said(tick(10_000))).toEqual(['t1 TASK_STARTING']);
    expect(said(tell({ type: 'UPDATE_FRAMEWORK', framework_info: FRAMEWORK }, 11_000))).toEqual([
      't1 TASK_STARTING',
    ]);
    const other = { ...FRAMEWORK, id: { value: 'g' } };
    expect(said(tell({ type: 'UPDATE_FRAMEWORK', framework_info: other }, 12_000))).toEqual([]);
  });

  it('runs what it is given at once, one update after the other as they are acknowledged', () => {
    const { tell, state } = agent();
    const starting = tell(run([task('t1')]));
    expect(said(starting)).toEqual(['t1 TASK_STARTING']);
    expect(starting.messages[0]?.latest_state).toBe('TASK_STARTING');
    const running = tell(ack(starting));
    expect(said(running)).toEqual(['t1 TASK_RUNNING']);
    expect(said(tell(ack(running)))).toEqual([]);
    expect(helloOf(state, 'slave(1)@1.2.3.4:5').tasks).toMatchObject([{ state: 'TASK_RUNNING' }]);
  });

  it('sends an update again after 10 s, 20 s, ... until it is acknowledged', () => {
    const { tell, tick } = agent();
    const starting = tell(run([task('t1')]));
    expect(said(tick(9_999))).toEqual([]);
    expect(said(tick(10_000))).toEqual(['t1 TASK_STARTING']);
    expect(said(tick(29_999))).toEqual([]);
    const again = tick(30_000);
    expect(ack(again).uuid).toBe(ack(starting).uuid);
    expect(again.messages[0]?.latest_state).toBe('TASK_RUNNING');
    expect(said(tell(ack(starting), 30_001))).toEqual(['t1 TASK_RUNNING']);
  });

  it('kills at once, and forgets the task once its end is acknowledged', () => {
    const { tell, state } = agent();
    tell(ack(tell(ack(tell(run([task('t1')]))))));
    const killed = tell({ type: 'KILL', framework_id: { value: 'f' }, task_id: { value: 't1' } });
    expect(said(killed)).toEqual(['t1 TASK_KILLED']);
    expect(killed.messages[0]?.latest_state).toBe('TASK_KILLED');
    tell(ack(killed));
    expect(helloOf(state, 'slave(1)@1.2.3.4:5').tasks).toEqual([]);
    expect(state.streams.size + state.runs.size).toBe(0);
  });

  it('plays custom executors too, for single tasks and groups', () => {
    const { tell, state } = agent();
    const executor = { executor_id: { value: 'e' }, command: { value: './run' } };
    const bare = withoutCommand('t1');
    const first = tell(run([{ ...bare, executor }], { executor }));
    expect(said(first)).toEqual(['t1 TASK_RUNNING']);
    const group = ['g1', 'g2'].map(withoutCommand);
    expect(said(tell(run(group, { executor, group: true })))).toEqual(['g1 TASK_RUNNING', 'g2 TASK_RUNNING']);
    expect(helloOf(state, 'p').executors).toHaveLength(1);
    expect(said(tell({ type: 'KILL', framework_id: { value: 'f' }, task_id: { value: 'g1' } }))).toEqual([]);
    const gone = tell({
      type: 'SHUTDOWN_EXECUTOR',
      framework_id: { value: 'f' },
      executor_id: { value: 'e' },
    });
    expect(said(gone)).toEqual(['EXECUTOR_EXITED']);
    expect(helloOf(state, 'p').executors).toEqual([]);
  });

  it('lets a custom executor leave once the last of its tasks has ended, and not before', () => {
    const { tell, state } = agent();
    const executor = { executor_id: { value: 'e' }, command: { value: './run' } };
    const group = ['g1', 'g2'].map(withoutCommand);
    for (const update of tell(run(group, { executor, group: true })).messages)
      tell(ack({ messages: [update], shutdown: null }));
    const kill = (id: string): MasterMessage => ({
      type: 'KILL',
      framework_id: { value: 'f' },
      task_id: { value: id },
    });
    expect(said(tell(kill('g1')))).toEqual(['g1 TASK_KILLED']);
    const last = tell(kill('g2'));
    expect(said(last)).toEqual(['g2 TASK_KILLED', 'EXECUTOR_EXITED']);
    expect(helloOf(state, 'p').executors).toEqual([]);
  });

  it('answers pings, and ends everything of a framework that ends', () => {
    const { tell, state } = agent();
    expect(said(tell({ type: 'PING' }))).toEqual(['PONG']);
    tell(run([task('t1'), task('t2')]));
    tell({ type: 'SHUTDOWN_FRAMEWORK', framework_id: { value: 'f' } });
    expect(helloOf(state, 'p')).toMatchObject({ tasks: [], executors: [], frameworks: [] });
  });

  it('says why it is to go when the master wants it gone', () => {
    const { tell } = agent();
    expect(tell({ type: 'SHUTDOWN', message: 'marked gone' }).shutdown).toBe('marked gone');
  });

  it('has one of five sizes, or the one that it is given', () => {
    const sizes = Array.from({ length: 10 }, (_, index) =>
      JSON.stringify(simulatedState({ index, resources: '', port: 1 }).resources),
    );
    expect(new Set(sizes).size).toBe(5);
    const own = simulatedState({ index: 0, resources: 'cpus:3', port: 1 });
    expect(own.info).toMatchObject({
      hostname: 'sim-0',
      resources: [{ name: 'cpus', scalar: { value: 3 } }],
    });
  });
});
