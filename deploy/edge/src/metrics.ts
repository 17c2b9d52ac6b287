import type { Metrics } from '@murmur/service';
import { BACKENDS, type Backend } from './config-core.js';
import { parseStats, type BackendStat } from './runtime-core.js';

export interface EdgeMetrics {
  readonly restarts: () => void;
  readonly commandFailed: () => void;
  placed(backend: Backend, members: number, unplaced: number): void;
}

/** What HAProxy counts starts again at 0 when it is restarted; our counters go on. */
class Growth {
  readonly #last = new Map<string, number>();

  since(key: string, value: number): number {
    const last = this.#last.get(key) ?? 0;
    this.#last.set(key, value);
    return value >= last ? value - last : value;
  }
}

/** `readStats` is asked for HAProxy's `show stat` at every scrape; without an answer the last values stay. */
export function edgeMetrics(metrics: Metrics, readStats: () => Promise<string>): EdgeMetrics {
  const members = metrics.gauge('murmur_edge_members', 'Members that have a slot', ['backend']);
  const unplaced = metrics.gauge('murmur_edge_members_unplaced', 'Members for which there was no slot', [
    'backend',
  ]);
  const up = metrics.gauge('murmur_edge_servers_up', 'Servers that pass their health check', ['backend']);
  const sessions = metrics.gauge('murmur_edge_sessions', 'Requests and streams under way', ['backend']);
  const responses = metrics.counter('murmur_edge_responses_total', 'Answers by class', ['backend', 'class']);
  const retries = metrics.counter('murmur_edge_retries_total', 'Tries again after a failed one', ['backend']);
  const restarts = metrics.counter(
    'murmur_edge_haproxy_restarts_total',
    'Times HAProxy died and was started again',
  );
  const failures = metrics.counter(
    'murmur_edge_command_failures_total',
    'Changes of servers that HAProxy did not take at once',
  );
  const growth = new Growth();
  // Collected first by name order is not promised, so one gauge reads for all.
  const lobby = metrics.gauge(
    'murmur_edge_lobby_requests',
    'Requests that wait in the lobby',
    ['backend'],
    async () => {
      for (const stat of parseStats(await readStats().catch(() => '')).filter(isOurs)) {
        lobby.set({ backend: stat.backend }, stat.waiting);
        up.set({ backend: stat.backend }, stat.up);
        sessions.set({ backend: stat.backend }, stat.sessions);
        retries.inc({ backend: stat.backend }, growth.since(`${stat.backend} retries`, stat.retries));
        for (const [name, count] of Object.entries(stat.responses))
          responses.inc(
            { backend: stat.backend, class: name },
            growth.since(`${stat.backend} ${name}`, count),
          );
      }
    },
  );
  return {
    restarts: () => restarts.inc(),
    commandFailed: () => failures.inc(),
    placed: (backend, placed, left) => {
      members.set({ backend }, placed);
      unplaced.set({ backend }, left);
    },
  };
}

function isOurs(stat: BackendStat): boolean {
  return BACKENDS.some((name) => name === stat.backend);
}
