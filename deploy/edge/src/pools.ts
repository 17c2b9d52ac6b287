import type { ServerSet } from '@murmur/discovery';
import type { Log } from '@murmur/service';
import { BACKENDS, type Backend } from './config-core.js';
import type { EdgeMetrics } from './metrics.js';
import { emptySlots, isSafeHost, placeMembers, slotCommands, type Slots } from './slots-core.js';

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

export interface PoolsOptions {
  readonly slotCount: number;
  readonly sets: Readonly<Record<Backend, ServerSet>>;
  readonly send: (commands: readonly string[]) => Promise<void>;
  readonly metrics: EdgeMetrics;
  readonly log: Log;
}

/** Takes HAProxy's backends to what the ServerSets say, without a reload. */
export interface Pools {
  /** The slots that a new configuration is written with; from then on HAProxy is taken to have these. */
  configured(): Readonly<Record<Backend, Slots>>;
  /** HAProxy answers: what changed since its configuration was written is sent now. */
  sync(): void;
  close(): void;
}

export function makePools({ slotCount, sets, send, metrics, log }: PoolsOptions): Pools {
  const wanted = perBackend(() => emptySlots(slotCount));
  const applied = perBackend<Slots | null>(() => null);
  /** Counts HAProxy's configurations: an answer of the one before says nothing about this one. */
  let generation = 0;
  let busy = false;
  let closed = false;
  let pause = FIRST_RETRY_MS;
  let timer: NodeJS.Timeout | undefined;

  const place = (backend: Backend): void => {
    wanted[backend] = placeIn(wanted[backend], sets[backend], backend, metrics, log);
  };
  const apply = async (): Promise<void> => {
    for (const backend of BACKENDS) {
      const next = wanted[backend];
      const commands = slotCommands(backend, applied[backend], next);
      if (commands.length === 0) {
        applied[backend] = next; // another array that says the same
        continue;
      }
      const from = generation;
      applied[backend] = null; // should it break off half-way, nobody knows which were taken
      await send(commands);
      if (from === generation) applied[backend] = next;
      log.info({ backend, members: next.filter((slot) => slot !== null).length }, 'servers changed');
    }
  };
  const sync = (): void => {
    if (busy || closed) return;
    busy = true;
    clearTimeout(timer);
    void apply().then(
      () => {
        busy = false;
        pause = FIRST_RETRY_MS;
        if (BACKENDS.some((backend) => wanted[backend] !== applied[backend])) sync();
      },
      (error: unknown) => {
        busy = false;
        metrics.commandFailed();
        log.warn({ err: error, retryMs: pause }, 'HAProxy was not changed');
        timer = setTimeout(sync, pause);
        pause = Math.min(MAX_RETRY_MS, pause * 2);
      },
    );
  };
  const offs = BACKENDS.map((backend) => {
    place(backend);
    return sets[backend].onChange(() => {
      place(backend);
      sync();
    });
  });
  return {
    configured: () => {
      generation += 1;
      for (const backend of BACKENDS) applied[backend] = wanted[backend];
      return { ...wanted };
    },
    sync,
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const off of offs) off();
    },
  };
}

/** Hosts that could not stand in a command are left out; they count as members without a slot. */
function placeIn(before: Slots, set: ServerSet, backend: Backend, metrics: EdgeMetrics, log: Log): Slots {
  const members = set.members().map((member) => member.serviceEndpoint);
  const safe = members.filter((member) => isSafeHost(member.host));
  const { slots, unplaced } = placeMembers(before, safe);
  const left = unplaced + members.length - safe.length;
  metrics.placed(backend, slots.filter((slot) => slot !== null).length, left);
  if (left > 0) log.error({ backend, left, slots: slots.length }, 'members without a slot; raise --slots');
  return slots;
}

function perBackend<T>(make: () => T): Record<Backend, T> {
  return { ingest: make(), timeline: make(), 'push-gateway': make() };
}
