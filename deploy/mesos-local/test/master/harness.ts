import type {
  AgentInfo,
  ExecutorInfo,
  FrameworkInfo,
  OfferOperation,
  Resource,
  SchedulerEvent,
  Task,
  TaskInfo,
  TaskStatus,
} from '@murmur/engine';
import { allocate, createAllocator } from '../../src/allocator/index.js';
import { accept } from '../../src/master/accept-core.js';
import { agentStreamEnded } from '../../src/master/agents-core.js';
import { frameworkStreamEnded, subscribe } from '../../src/master/frameworks-core.js';
import { admit, refuse, register } from '../../src/master/hello-core.js';
import { makeInverseOffers } from '../../src/master/inverse-core.js';
import { makeOffers } from '../../src/master/offers-core.js';
import { createState, type Agent, type Framework, type MasterState } from '../../src/master/state.js';
import { takeAgentMessage } from '../../src/master/tasks-core.js';
import type { Effect, Turn } from '../../src/master/turn-core.js';
import { MASTER_DEFAULTS, type MasterConfig } from '../../src/master/types.js';
import type { AgentHello, MasterMessage } from '../../src/protocol.js';

export const MASTER_INFO = {
  id: 'm1',
  ip: 16777343,
  port: 5050,
  pid: 'master@127.0.0.1:5050',
  hostname: 'localhost',
  version: '1.12.0',
};

export function scalarOf(name: string, value: number): Resource {
  return { name, type: 'SCALAR', scalar: { value } };
}

export const CPUS_4: readonly Resource[] = [
  scalarOf('cpus', 4),
  scalarOf('mem', 4096),
  scalarOf('disk', 4096),
  { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] } },
];

export const PA: NonNullable<FrameworkInfo['capabilities']> = [
  { type: 'MULTI_ROLE' },
  { type: 'PARTITION_AWARE' },
];

export function frameworkInfo(given: Partial<FrameworkInfo> = {}): FrameworkInfo {
  return {
    user: 'root',
    name: 'f',
    checkpoint: true,
    failover_timeout: 30,
    roles: ['prod'],
    capabilities: PA,
    ...given,
  };
}

/** A framework that is not partition aware and has the one role `*`. */
export const PLAIN: Partial<FrameworkInfo> = { roles: [], capabilities: [] };

export const UUID = 'N/Xw+VzPTb6k+IGetHd3vQ==';
export const UUID_2 = 'djUTKpC1S7mi6VwBGz4IWQ==';

export function taskInfo(id: string, agent: Agent, given: Partial<TaskInfo> = {}): TaskInfo {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: agent.id },
    resources: [scalarOf('cpus', 1), scalarOf('mem', 64)],
    command: { value: 'sleep 1', shell: true },
    ...given,
  };
}

/** A task for a custom executor, or, without one, for none at all. */
export function bareTask(id: string, agent: Agent, executor?: ExecutorInfo): TaskInfo {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: agent.id },
    resources: [scalarOf('cpus', 1), scalarOf('mem', 64)],
    ...(executor === undefined ? {} : { executor }),
  };
}

export function launchOf(...tasks: TaskInfo[]): OfferOperation {
  return { type: 'LAUNCH', launch: { task_infos: tasks } };
}

export function taskOf(framework: Framework, agent: Agent, id: string, given: Partial<Task> = {}): Task {
  return {
    name: id,
    task_id: { value: id },
    framework_id: { value: framework.id },
    agent_id: { value: agent.id },
    state: 'TASK_RUNNING',
    resources: [{ ...scalarOf('cpus', 1), allocation_info: { role: 'prod' } }],
    ...given,
  };
}

/** The cores with a clock that only the test moves, and everything they wanted sent. */
export function createCluster(config: Partial<MasterConfig> = {}) {
  const full: MasterConfig = { ...MASTER_DEFAULTS, info: MASTER_INFO, ...config };
  const state: MasterState = createState(MASTER_INFO, 1_000_000);
  const allocator = createAllocator({ allocationIntervalMs: full.allocationIntervalMs });
  const effects: Effect[] = [];
  let now = 1_000_000;
  let streams = 0;

  const cluster = {
    state,
    allocator,
    effects,
    advance: (ms: number): void => {
      now += ms;
    },
    now: (): number => now,
    turn: <T>(decide: (turn: Turn) => T): T => {
      const turn: Turn = { state, config: full, allocator, now, uuid: () => 'u', effects: [] };
      const result = decide(turn);
      effects.push(...turn.effects);
      return result;
    },
    events: (streamId: string): SchedulerEvent[] =>
      effects.flatMap((e) => (e.type === 'EVENT' && e.streamId === streamId ? [e.event] : [])),
    types: (streamId: string): string[] => cluster.events(streamId).map((event) => event.type ?? ''),
    messages: (streamId: string): MasterMessage[] =>
      effects.flatMap((e) => (e.type === 'MESSAGE' && e.streamId === streamId ? [e.message] : [])),
    ended: (streamId: string): boolean => effects.some((e) => e.type === 'END' && e.streamId === streamId),
    statuses: (streamId: string): TaskStatus[] =>
      cluster.events(streamId).flatMap((event) => (event.update === undefined ? [] : [event.update.status])),
    /** Forgets what was sent so far. */
    clear: (): void => {
      effects.length = 0;
    },
    subscribe: (given: Partial<FrameworkInfo> = {}, suppressed_roles: string[] = []) => {
      const streamId = `f${++streams}`;
      cluster.turn((turn) => {
        subscribe(turn, { framework_info: frameworkInfo(given), suppressed_roles }, streamId);
      });
      const framework = [...state.frameworks.values()].find((one) => one.streamId === streamId);
      return { streamId, framework: framework as Framework };
    },
    disconnect: (framework: Framework): void => {
      cluster.turn((turn) => {
        frameworkStreamEnded(turn, framework.streamId ?? '', framework);
      });
    },
    hello: (hello: Partial<AgentHello> & { readonly info?: Partial<AgentInfo> } = {}) => {
      const streamId = `a${++streams}`;
      const { info, ...rest } = hello;
      const full_: AgentHello = {
        agent_info: { hostname: 'h1', port: 5051, resources: CPUS_4, ...info },
        version: '1.12.0',
        pid: `slave(1)@127.0.0.1:${5050 + streams}`,
        capabilities: [{ type: 'TASK_RESOURCE_LIMITS' }],
        total_resources: CPUS_4,
        ...rest,
      };
      const agentId = cluster.turn((turn) => {
        const admission = admit(turn, full_);
        if (admission.type === 'SHUTDOWN') {
          refuse(turn, streamId, admission.message);
          return '';
        }
        register(turn, full_, admission.info, streamId);
        return admission.info.id?.value ?? '';
      });
      return { streamId, agent: state.agents.get(agentId) as Agent };
    },
    breakAgent: (agent: Agent): void => {
      cluster.turn((turn) => {
        agentStreamEnded(turn, agent, agent.streamId ?? '');
      });
    },
    allocate: (): void => {
      cluster.turn((turn) => {
        makeOffers(
          turn,
          allocate(allocator, now, () => 0),
        );
        makeInverseOffers(turn);
      });
    },
    offerIds: (framework: Framework): string[] => [...framework.offers],
    accept: (framework: Framework, operations: OfferOperation[], refuse_seconds = 5): void => {
      const offer_ids = cluster.offerIds(framework).map((value) => ({ value }));
      cluster.turn((turn) => {
        accept(turn, framework, { offer_ids, operations, filters: { refuse_seconds } });
      });
    },
    update: (agent: Agent, framework: Framework, status: TaskStatus, latest?: string): void => {
      cluster.turn((turn) => {
        takeAgentMessage(turn, agent, {
          type: 'UPDATE',
          framework_id: { value: framework.id },
          status,
          ...(latest === undefined ? {} : { latest_state: latest }),
        });
      });
    },
    /** A framework, an agent, and tasks that were launched on it. */
    running: (given: Partial<FrameworkInfo>, ...ids: string[]) => {
      const { framework, streamId } = cluster.subscribe(given);
      const { agent, streamId: agentStream } = cluster.hello();
      cluster.allocate();
      cluster.accept(framework, [launchOf(...ids.map((id) => taskInfo(id, agent)))]);
      return { framework, streamId, agent, agentStream };
    },
  };
  return cluster;
}
