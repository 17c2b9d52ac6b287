import type { SchedulerEvent } from '@murmur/engine';
import type { AllocatorState } from '../allocator/index.js';
import type { MasterMessage } from '../protocol.js';
import type { Agent, Framework, MasterState } from './state.js';
import type { MasterConfig, OperatorEvent, RegistryChange } from './types.js';

/** What a core wants done. The shell performs effects in their order. */
export type Effect =
  /** To a framework's stream. */
  | { readonly type: 'EVENT'; readonly streamId: string; readonly event: SchedulerEvent }
  /** To an agent's stream. */
  | { readonly type: 'MESSAGE'; readonly streamId: string; readonly message: MasterMessage }
  /** Ends a framework's or agent's stream once what was sent before is written. */
  | { readonly type: 'END'; readonly streamId: string }
  | { readonly type: 'STORE'; readonly change: RegistryChange }
  | { readonly type: 'OPERATOR'; readonly event: OperatorEvent }
  /** Resources (of one agent) or wishes changed: allocate soon, not only at the next interval. */
  | { readonly type: 'ALLOCATE'; readonly agentId?: string }
  | {
      readonly type: 'LOG';
      readonly level: 'info' | 'warn';
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    };

/** One event's worth of deciding: state to change, effects to be performed after. */
export interface Turn {
  readonly state: MasterState;
  readonly config: MasterConfig;
  readonly allocator: AllocatorState;
  /** ms since 1970. */
  readonly now: number;
  readonly uuid: () => string;
  readonly effects: Effect[];
}

export function count(counters: Map<string, number>, name: string, by = 1): void {
  counters.set(name, (counters.get(name) ?? 0) + by);
}

/** Sends to a framework that is connected; to another one nothing is sent, and nothing kept. */
export function sendEvent(turn: Turn, framework: Framework, event: SchedulerEvent): void {
  if (framework.streamId === null) return;
  count(framework.counters, 'events');
  if (event.type !== undefined) count(framework.counters, `events/${event.type.toLowerCase()}`);
  turn.effects.push({ type: 'EVENT', streamId: framework.streamId, event });
}

/** Sends to an agent that is connected; what another one needs to know its next hello asks for. */
export function sendMessage(turn: Turn, agent: Agent, message: MasterMessage): void {
  if (agent.streamId !== null) turn.effects.push({ type: 'MESSAGE', streamId: agent.streamId, message });
}

export function tellOperator(turn: Turn, event: OperatorEvent): void {
  turn.effects.push({ type: 'OPERATOR', event });
}

export function log(
  turn: Turn,
  level: 'info' | 'warn',
  fields: Readonly<Record<string, unknown>>,
  message: string,
): void {
  turn.effects.push({ type: 'LOG', level, fields, message });
}

/** A map's value, made when it is not there. */
export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Removes from a map of maps, and the inner map when it is empty then. */
export function deleteInner<A, B, V>(map: Map<A, Map<B, V>>, a: A, b: B): void {
  const inner = map.get(a);
  if (inner === undefined) return;
  inner.delete(b);
  if (inner.size === 0) map.delete(a);
}

export function nanoseconds(ms: number): number {
  return Math.round(ms * 1_000_000);
}
