import type { AgentRecord, Sizes } from '../model/agent.js';
import type { Task } from '../model/task.js';
import type { AgentSighting } from './port.js';
import type { Turn } from './turn-core.js';
import { applyPolicy } from './updates-core.js';

/**
 * How long the tasks of a lost agent wait for updates of their own, which is how the engine tells of them. Beyond it they become
 * PARTITIONED without.
 */
export const AGENT_LOST_TASKS_MS = 60_000;
/** A lost agent without tasks is forgotten after this. */
export const AGENT_LOST_FORGET_MS = 7 * 24 * 3_600_000;
/** An agent without tasks that shows no sign of life for so long after a connection went while nobody listened: it would have been offered. */
export const AGENT_UNSEEN_MS = 10 * 60_000;
/** A lost agent that still has tasks (that wait for it for ever) is looked at again after this. */
const AGENT_LOOK_MS = 3_600_000;

/** What each task's executor takes beside the task. */
export type Overhead = Omit<Sizes, 'gpus'>;

export function agentLost(turn: Turn, agentId: string): void {
  const agent = turn.tx.agent(agentId);
  if (agent === undefined || agent.lostAt !== null) return;
  turn.tx.put('agents', agentId, { ...agent, lostAt: turn.now });
  scheduleAgent(turn, agentId, turn.now + AGENT_LOST_TASKS_MS);
}

export function scheduleAgent({ memory }: Turn, agentId: string, at: number): void {
  memory.due.push({ at, kind: 'agent', id: agentId });
}

/** What is due of a lost agent: its tasks go, at most `max`, later its record. Returns how many records changed. */
export function checkLostAgent(turn: Turn, agentId: string, max: number): number {
  const agent = turn.tx.agent(agentId);
  if (agent === undefined || agent.lostAt === null) return 0;
  const tasksAt = Math.max(agent.lostAt + AGENT_LOST_TASKS_MS, turn.memory.restUntil);
  if (turn.now < tasksAt) {
    scheduleAgent(turn, agentId, tasksAt);
    return 0;
  }
  const tasks = turn.tx.tasksOnAgent(agentId);
  const forgotten = tasks.filter(({ state }) => state !== 'PARTITIONED');
  for (const { id } of forgotten.slice(0, max)) {
    turn.move(id, 'PARTITIONED', { message: 'Its agent is lost, and no word of the task came' });
    applyPolicy(turn, id);
  }
  const forgetAt = agent.lostAt + AGENT_LOST_FORGET_MS;
  if (tasks.length === 0 && turn.now >= forgetAt) {
    turn.tx.delete('agents', agentId);
    return 1;
  }
  if (forgotten.length > max) scheduleAgent(turn, agentId, turn.now);
  else scheduleAgent(turn, agentId, turn.now < forgetAt ? forgetAt : turn.now + AGENT_LOOK_MS);
  return Math.min(forgotten.length, max);
}

/** The engine tells of a lost agent once. Of one that has tasks, they tell. */
export function loseUnseen(turn: Turn): void {
  const { memory, tx } = turn;
  if (memory.unseenAt === null || turn.now < memory.unseenAt) return;
  for (const { id } of [...tx.agents()])
    if (!memory.seen.has(id) && tx.tasksOnAgent(id).length === 0) agentLost(turn, id);
  memory.unseenAt = null;
}

/** Records what an offer shows of an agent, if any of it is new. */
export function agentSeen(turn: Turn, seen: AgentSighting, overhead: Overhead): void {
  turn.memory.seen.add(seen.agentId);
  const known = turn.tx.agent(seen.agentId);
  const used = usedOn(turn, seen.agentId, overhead);
  const attributes = attributesOf(seen);
  const same = known !== undefined && JSON.stringify(known.attributes) === JSON.stringify(attributes);
  const record: AgentRecord = {
    id: seen.agentId,
    host: seen.host,
    url: seen.url,
    attributes: same ? known.attributes : attributes,
    mode: known?.mode ?? 'NONE',
    capacity: most(known?.capacity, sum(seen.free, used.sizes)),
    portCount: Math.max(known?.portCount ?? 0, seen.freePorts + used.ports),
    firstSeenAt: known?.firstSeenAt ?? turn.now,
    lostAt: null,
  };
  if (known === undefined || JSON.stringify(known) !== JSON.stringify(record)) {
    turn.tx.put('agents', seen.agentId, record);
  }
}

const NOTHING: Sizes = { cpus: 0, memMb: 0, diskMb: 0, gpus: 0 };

/**
 * What tasks surely hold there. Those that are ending, or of which nothing was heard since the engine came back, may be in the offer already; counted
 * twice, they would make the agent larger than it is, for ever.
 */
function usedOn(
  turn: Turn,
  agentId: string,
  overhead: Overhead,
): { readonly sizes: Sizes; readonly ports: number } {
  const holds = ({ id, state }: Task) =>
    (state === 'STARTING' || state === 'RUNNING') && turn.memory.heard.has(id);
  const demands = turn.tx
    .tasksOnAgent(agentId)
    .filter(holds)
    .map((task) => turn.config(task).demand);
  const sizes = demands.reduce((total, one) => sum(sum(total, one), { ...overhead, gpus: 0 }), NOTHING);
  return { sizes, ports: demands.reduce((total, { ports }) => total + ports.length, 0) };
}

function sum(a: Sizes, b: Sizes): Sizes {
  return mapped((size) => round(a[size] + b[size]));
}

function most(a: Sizes | undefined, b: Sizes): Sizes {
  return mapped((size) => Math.max(a?.[size] ?? 0, b[size]));
}

function mapped(of: (size: keyof Sizes) => number): Sizes {
  return { cpus: of('cpus'), memMb: of('memMb'), diskMb: of('diskMb'), gpus: of('gpus') };
}

/** Sums of fractions of a CPU must not make a capacity grow in its tenth digit at every offer. */
function round(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}

function attributesOf({ attributes }: AgentSighting): Readonly<Record<string, readonly string[]>> {
  const named = [...attributes].filter(([name]) => name !== 'host');
  const sorted = named.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, values]) => [name, [...values]] as const));
}
