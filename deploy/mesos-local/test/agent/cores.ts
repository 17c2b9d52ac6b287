import type { FrameworkInfo, TaskInfo, TaskStatus } from '@murmur/engine';
import { decide } from '../../src/agent/decide-core.js';
import type { AgentEvent, Effect } from '../../src/agent/effects-core.js';
import { newState, type AgentState, type Run } from '../../src/agent/model-core.js';
import type { ContainerRecord } from '../../src/containerizer/types.js';
import type { MasterMessage } from '../../src/protocol.js';

export const NOW = 1_700_000_000_000;

export function record(containerId: string): ContainerRecord {
  return {
    containerId,
    pid: 4242,
    pidStartTime: '1',
    sandbox: '/s',
    metaFolder: '/m',
    resources: [],
    limits: {},
    logSizeMax: 0,
    logFilesMax: 0,
  };
}

export const framework: FrameworkInfo = {
  user: 'root',
  name: 'f',
  id: { value: 'F' },
  checkpoint: true,
  roles: ['prod'],
  capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }, { type: 'TASK_KILLING_STATE' }],
};

export function command(id: string, more: Partial<TaskInfo> = {}): TaskInfo {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: 'S' },
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, allocation_info: { role: 'prod' } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 64 }, allocation_info: { role: 'prod' } },
    ],
    command: { value: 'true' },
    ...more,
  };
}

export function custom(id: string, more: Partial<TaskInfo> = {}): TaskInfo {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: 'S' },
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, allocation_info: { role: 'prod' } }],
    executor: {
      type: 'CUSTOM',
      executor_id: { value: 'E' },
      command: { value: './e' },
      resources: [{ name: 'mem', type: 'SCALAR', scalar: { value: 32 } }],
    },
    ...more,
  };
}

/** A state with its events' effects; uuids are numbered, time stands still unless told. */
export interface Bench {
  readonly state: AgentState;
  now: number;
  /** What the last event asked for. */
  effects: readonly Effect[];
  does(event: AgentEvent): readonly Effect[];
  master(message: MasterMessage): readonly Effect[];
  /** The one run of the state. */
  run(): Run;
}

export function bench(options: { readonly connected?: boolean } = {}): Bench {
  const state = newState(
    { hostname: 'h', port: 5051, id: { value: 'S' }, resources: [], attributes: [] },
    {
      workDir: '/w',
      registrationTimeoutMs: 60_000,
      reregistrationTimeoutMs: 2_000,
      shutdownGraceMs: 5_000,
      ip: '10.0.0.1',
    },
  );
  state.connected = options.connected ?? true;
  let uuids = 0;
  const made: Bench = {
    state,
    now: NOW,
    effects: [],
    does: (event) => {
      const effects: Effect[] = [];
      const uuid = (): string => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`;
      decide(state, event, { now: made.now, uuid, effects });
      made.effects = effects;
      return effects;
    },
    master: (message) => made.does({ kind: 'master', message }),
    run: () => {
      const [first] = state.runs.values();
      if (first === undefined) throw new Error('there is no run');
      return first;
    },
  };
  return made;
}

export function launch(...tasks: readonly TaskInfo[]): MasterMessage {
  return { type: 'RUN', framework_id: { value: 'F' }, framework_info: framework, tasks };
}

/** What effects are about, short: `master UPDATE TASK_KILLED`, `event KILL`, `destroy`; files left out. */
export function said(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'write' || effect.kind === 'append' || effect.kind === 'remove') return [];
    if (effect.kind === 'event') return [`event ${effect.event.type ?? ''}`];
    if (effect.kind === 'signal') return [`signal ${effect.signal}`];
    if (effect.kind !== 'master') return [effect.kind];
    const { type, status } = effect.message;
    return [status === undefined ? `master ${type}` : `master ${type} ${status.state}`];
  });
}

export function updates(effects: readonly Effect[]): readonly TaskStatus[] {
  return effects.flatMap((effect) =>
    effect.kind === 'master' && effect.message.status !== undefined ? [effect.message.status] : [],
  );
}

let sequence = 0;
/** A status as an executor sends it, with a uuid of its own. */
export function fromExecutor(taskId: string, state: TaskStatus['state']): TaskStatus {
  sequence += 1;
  const uuid = Buffer.from(`00000000000040008000${String(sequence).padStart(12, '0')}`, 'hex');
  return {
    task_id: { value: taskId },
    state,
    source: 'SOURCE_EXECUTOR',
    uuid: uuid.toString('base64'),
    timestamp: 1,
  };
}
