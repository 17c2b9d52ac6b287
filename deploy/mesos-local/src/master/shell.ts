import { SchedulerEvent, encode } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { allocate, createAllocator, type AllocatorState } from '../allocator/index.js';
import { MasterMessage } from '../protocol.js';
import { makeInverseOffers } from './inverse-core.js';
import { makeOffers } from './offers-core.js';
import { createState, type MasterState } from './state.js';
import { createStreams, type Streams } from './streams.js';
import type { Effect, Turn } from './turn-core.js';
import type { MasterOptions, OperatorEvent, RegistryChange } from './types.js';

/** What the master's HTTP handlers and actions work with: the state, and turns on it whose effects are performed. */
export interface Shell {
  readonly state: MasterState;
  readonly allocator: AllocatorState;
  readonly streams: Streams;
  readonly log: Log;
  readonly uuid: () => string;
  /** One event: `decide` changes the state, then its effects are performed in order. */
  turn<T>(decide: (turn: Turn) => T): T;
  /** Resolves when a change is in the registry. */
  store(change: RegistryChange): Promise<void>;
  listen(listener: (event: OperatorEvent) => void): () => void;
  /** One run over all agents, or over those whose resources changed. */
  runAllocation(agentIds?: Iterable<string>): void;
  readonly stats: { runs: number; lastMs: number };
  stop(): void;
}

export function createShell(options: MasterOptions): Shell {
  const { config, now, random, uuid, log, registry } = options;
  const state = createState(config.info, now());
  const allocator = createAllocator({
    allocationIntervalMs: config.allocationIntervalMs,
    ...(config.minAllocatable === undefined ? {} : { minAllocatable: config.minAllocatable }),
  });
  const streams = createStreams();
  const listeners = new Set<(event: OperatorEvent) => void>();
  const stats = { runs: 0, lastMs: 0 };
  let stopped = false;
  /** Agents to allocate soon; null = all. */
  let due: Set<string> | null = new Set();
  let immediate: NodeJS.Immediate | null = null;

  const store = async (change: RegistryChange): Promise<void> => registry?.store(change);

  const allocateSoon = (agentId: string | undefined): void => {
    if (agentId === undefined) due = null;
    else due?.add(agentId);
    immediate ??= setImmediate(() => {
      const agentIds = due ?? undefined;
      immediate = null;
      due = new Set();
      runAllocation(agentIds);
    });
  };

  const perform = createPerformer({ streams, store, listeners, log, allocateSoon });

  const turn = <T>(decide: (turn: Turn) => T): T => {
    const effects: Effect[] = [];
    const result = decide({ state, config, allocator, now: now(), uuid, effects });
    if (!stopped) for (const effect of effects) perform(effect);
    return result;
  };

  const runAllocation = (agentIds?: Iterable<string>): void => {
    const began = performance.now();
    turn((it) => {
      makeOffers(it, allocate(allocator, it.now, random, agentIds));
      makeInverseOffers(it);
    });
    stats.runs += 1;
    stats.lastMs = performance.now() - began;
  };

  return {
    state,
    allocator,
    streams,
    log,
    uuid,
    turn,
    store,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    runAllocation,
    stats,
    stop: () => {
      stopped = true;
      if (immediate !== null) clearImmediate(immediate);
      streams.endAll();
      listeners.clear();
    },
  };
}

interface Performers {
  readonly streams: Streams;
  readonly store: Shell['store'];
  readonly listeners: ReadonlySet<(event: OperatorEvent) => void>;
  readonly log: Log;
  readonly allocateSoon: (agentId: string | undefined) => void;
}

function createPerformer(to: Performers): (effect: Effect) => void {
  return (effect) => {
    switch (effect.type) {
      case 'EVENT':
        to.streams.send(effect.streamId, encode(SchedulerEvent, effect.event));
        break;
      case 'MESSAGE':
        to.streams.send(effect.streamId, encode(MasterMessage, effect.message));
        break;
      case 'END':
        to.streams.end(effect.streamId);
        break;
      case 'STORE':
        to.store(effect.change).catch((error: unknown) => {
          to.log.error({ err: error, change: effect.change.type }, 'registry: a change could not be stored');
        });
        break;
      case 'OPERATOR':
        for (const listener of to.listeners) listener(effect.event);
        break;
      case 'ALLOCATE':
        to.allocateSoon(effect.agentId);
        break;
      case 'LOG':
        to.log[effect.level](effect.fields, `master: ${effect.message}`);
        break;
    }
  };
}
