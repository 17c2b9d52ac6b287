import { decide } from '../agent/decide-core.js';
import type { AgentEvent, Turn } from '../agent/effects-core.js';
import { newState, type AgentState } from '../agent/model-core.js';
import type { AgentMessage } from '../protocol.js';
import { parseAttributes, parseResources, toResources } from '../resources/index.js';
import { isTerminal } from '../task-state-core.js';
import { imagine, left, type World } from './container-core.js';

/** What a simulated agent wants done once it has seen to an event. */
export interface Outcome {
  /** To the master, in this order. */
  readonly messages: readonly AgentMessage[];
  /** Why the master wants it gone; null = it stays. */
  readonly shutdown: string | null;
}

/** Events that one event may lead to before it counts as a loop: far above what a group of tasks needs. */
const EVENTS_MAX = 100_000;

/** A real agent's decisions with imaginary containers: the event, and whatever follows from it, all at once. */
export function simulate(state: AgentState, event: AgentEvent, world: World): Outcome {
  const messages: AgentMessage[] = [];
  let shutdown: string | null = null;
  const waiting = [event];
  for (let seen = 0; seen < waiting.length; seen++) {
    const next = waiting[seen];
    if (next === undefined) break;
    if (seen >= EVENTS_MAX) throw new Error(`an event led to more than ${String(EVENTS_MAX)} others`);
    const turn: Turn = { ...world, effects: [] };
    decide(state, next, turn);
    for (const effect of turn.effects) {
      if (effect.kind === 'master') messages.push(effect.message);
      else if (effect.kind === 'shutdown') shutdown = effect.reason;
      else waiting.push(...imagine(effect, isCustom(state, effect), world));
    }
    if (next.kind === 'update') waiting.push(...lastTaskEnded(state, next));
  }
  return { messages, shutdown };
}

/** An executor leaves once the last of its tasks has ended, as those of most frameworks do: one that stayed would keep what it has of the agent. */
function lastTaskEnded(
  { runs }: AgentState,
  { containerId, status }: Extract<AgentEvent, { kind: 'update' }>,
): readonly AgentEvent[] {
  const run = runs.get(containerId);
  if (run?.kind !== 'custom' || !isTerminal(status.state)) return [];
  const busy = [...run.tasks.values()].some(({ phase }) => phase === 'queued' || phase === 'launched');
  return busy ? [] : [left(containerId)];
}

function isCustom(
  state: AgentState,
  effect: { readonly kind: string; readonly containerId?: string },
): boolean {
  return state.runs.get(effect.containerId ?? '')?.kind === 'custom';
}

/** Machines of a mixed cluster, in the form of `--resources`. */
const SIZES = [
  'cpus:4;mem:16384;disk:100000;ports:[31000-32000]',
  'cpus:8;mem:32768;disk:200000;ports:[31000-32000]',
  'cpus:16;mem:65536;disk:400000;ports:[31000-32000]',
  'cpus:32;mem:131072;disk:800000;ports:[31000-32000]',
  'cpus:2;mem:8192;disk:50000;ports:[31000-31500]',
];
const RACKS = 20;

export interface SimulatedMachine {
  /** From 0; names it and chooses its size. */
  readonly index: number;
  /** Of every agent, in the form of `--resources`; '' = unlike sizes. */
  readonly resources: string;
  /** Told to the master as the agent's own; nobody listens there. */
  readonly port: number;
}

const NO_DURATION = 0;

/** The state of a simulated agent that no master knows yet: `sim-<index>`, in one of 20 racks. */
export function simulatedState(machine: SimulatedMachine): AgentState {
  const { index, port } = machine;
  const size = SIZES[index % SIZES.length] ?? '';
  const resources = parseResources(machine.resources === '' ? size : machine.resources);
  const info = {
    hostname: `sim-${String(index)}`,
    port,
    resources: toResources(resources, 'post'),
    attributes: parseAttributes(`rack:r${String(index % RACKS)}`),
  };
  return newState(info, {
    workDir: '/nowhere',
    registrationTimeoutMs: NO_DURATION,
    reregistrationTimeoutMs: NO_DURATION,
    shutdownGraceMs: NO_DURATION,
    ip: '127.0.0.1',
  });
}
