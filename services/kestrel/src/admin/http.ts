import { randomBytes } from 'node:crypto';
import { createHttp, createMetrics, type Log, type ProcessHttp } from '@murmur/service';
import type { Services } from '../services.js';
import { JournalWriter } from '../journal/writer.js';
import { kestrelMetrics } from './metrics.js';
import { queueStats, serverStats } from '../queue/stats-core.js';

export interface AdminOptions {
  readonly log: Log;
  readonly clusterKey: string;
  readonly services: Services;
  readonly quit: () => void;
  readonly abort: () => void;
}

/** The admin HTTP side: `/ping`, `/stats.json`, and what every process has. */
export function createAdmin({ log, clusterKey, services, quit, abort }: AdminOptions): ProcessHttp {
  const metrics = createMetrics();
  kestrelMetrics(metrics, services);
  const http = createHttp({
    log,
    metrics,
    clusterKey: clusterKey === '' ? randomBytes(32).toString('hex') : clusterKey,
    health: () => trouble(services),
    onQuit: quit,
    onAbort: abort,
  });
  http.app.get('/ping', (_req, res) => void res.json({ response: 'pong' }));
  http.app.get('/stats.json', (_req, res) => void res.json(statsJson(services, Date.now())));
  return http;
}

/** Null while every queue can take items. */
function trouble({ hub }: Services): string | null {
  if (hub.status.current === 'down') return 'shutting down';
  for (const { queue } of hub.registry.families()) {
    if (queue.journal instanceof JournalWriter && !queue.journal.writable) {
      return `the journal of ${queue.name} cannot be written`;
    }
  }
  return null;
}

/** Names as Kestrel's admin port gives them: `q/<queue>/<figure>`. */
function statsJson(services: Services, now: number): object {
  const { registry, status } = services.hub;
  const gauges: Record<string, number> = {};
  const counters: Record<string, number> = {};
  for (const [name, value] of serverStats(registry, services.facts(), now)) {
    if (typeof value === 'number') counters[name] = value;
  }
  for (const family of registry.families()) {
    for (const [name, value] of queueStats(family, services.journalFacts, now)) {
      if (typeof value === 'number') gauges[`q/${family.queue.name}/${RENAMED[name] ?? name}`] = value;
    }
  }
  return { counters, gauges, metrics: {}, labels: { status: status.current } };
}

const RENAMED: Readonly<Record<string, string>> = { logsize: 'journal_size', age: 'age_msec' };
