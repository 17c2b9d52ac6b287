/** A gateway without its surroundings: readers on one side, batches of the push queue on the other. */
import { presenceSnapshotToJson } from '@murmur/model';
import type { QueueStats } from '@murmur/kestrel-client';
import type { Log, Metrics, ProcessHttp } from '@murmur/service';
import { CatchUps } from './catch-ups.js';
import { DeliveredSet, RecentIds } from './delivered-core.js';
import { drainSessions } from './drain.js';
import { Hub } from './hub.js';
import { gatewayGauges, gatewayMetrics, type GatewayMetrics } from './metrics.js';
import type { GatewayOptions } from './options.js';
import { PresencePublisher } from './presence.js';
import { PresenceBook } from './presence-core.js';
import type { Desk } from './reader.js';
import { Sessions } from './sessions.js';
import { openStreams } from './streams.js';
import type { AskHome } from './timeline.js';
import { Timers } from './timers.js';
import { checkTokens, type ResolveToken } from './token-checks.js';

/** How long it is remembered who has had which status; longer than an item may wait in a push queue (30 s). */
const DELIVERED_AGE_MS = 60_000;
const DELIVERED_MAX = 1_000_000;
const DELETES_MAX = 200_000;
/** Deleted statuses whose late updates are left out. */
const DELETED_MAX = 100_000;
/** How often old marks are looked for. */
const EXPIRE_EVERY_MS = 1_000;
/** Sweeps (everybody is caught up once more) are at least so far apart. */
const SWEEP_EVERY_MS = 2_000;

export type CoreOptions = Pick<
  GatewayOptions,
  | 'instance'
  | 'publicUrl'
  | 'connectionsMax'
  | 'accountConnectionsMax'
  | 'bufferBytesMax'
  | 'catchUpMs'
  | 'catchUpConcurrency'
  | 'catchUpsPerSecond'
  | 'tokenCheckMs'
>;

/** What a gateway needs of the world. */
export interface GatewayPorts {
  readonly http: ProcessHttp;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly resolveToken: ResolveToken;
  readonly askHome: AskHome;
  readonly put: (queue: string, payload: Buffer) => Promise<void>;
  readonly queueStats: () => Promise<readonly QueueStats[]>;
  readonly newEpoch: () => string;
  /** Unix ms. */
  readonly now: () => number;
}

export interface Gateway {
  /** A batch of the push queue; resolves when it is written to its readers. */
  deliver(batch: readonly Buffer[]): Promise<void>;
  /** Fan-out may have missed somebody: catches up everybody, paced. */
  sweep(): void;
  /** Fan-outs can know who reads here: presence went out at least once. */
  published(): boolean;
  draining(): boolean;
  /** Refuses newcomers and sends everybody away, spread over `ms`. */
  drain(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Everything but the connections: who reads, what is remembered, and how the rest of Murmur hears of it. */
function createInside(options: CoreOptions, ports: GatewayPorts, metrics: GatewayMetrics, timers: Timers) {
  const { log, now } = ports;
  const later = (ms: number, then: () => void): void => timers.after(ms, then);
  const delivered = new DeliveredSet({ ageMaxMs: DELIVERED_AGE_MS, entriesMax: DELIVERED_MAX });
  const deletesDelivered = new DeliveredSet({ ageMaxMs: DELIVERED_AGE_MS, entriesMax: DELETES_MAX });
  timers.every(EXPIRE_EVERY_MS, () => {
    delivered.expire(now());
    deletesDelivered.expire(now());
  });
  const limits = {
    concurrencyMax: options.catchUpConcurrency,
    waitingMax: options.connectionsMax,
    perSecond: options.catchUpsPerSecond,
  };
  const catchUps = new CatchUps({ limits, askHome: ports.askHome, metrics, now, later });
  const book = new PresenceBook(options.instance, ports.newEpoch());
  const desk: Desk = {
    delivered,
    deletesDelivered,
    deleted: new RecentIds(DELETED_MAX),
    metrics,
    origin: options.publicUrl,
    bufferBytesMax: options.bufferBytesMax,
    now,
    ask: (reader, lane) => catchUps.add(reader, lane),
    confirmLater: (reader) => later(options.catchUpMs, () => reader.check('confirm')),
    later,
  };
  const hub = new Hub(desk, {
    onJoin: (account) => {
      book.join(account);
      presence.changed();
    },
    onLeave: (account) => {
      book.leave(account);
      presence.changed();
    },
    onBadItem: (err) => {
      metrics.badItems.inc();
      log.warn({ err }, 'an item of the push queue cannot be read');
    },
  });
  let sweeping = false;
  const sweep = (): void => {
    if (sweeping) return;
    sweeping = true;
    later(SWEEP_EVERY_MS, () => {
      sweeping = false;
      for (const reader of hub.readers()) reader.check('sweep');
    });
  };
  const presence = new PresencePublisher({
    book,
    put: ports.put,
    newEpoch: ports.newEpoch,
    metrics,
    onRepublished: sweep,
    onFailed: (err) => log.warn({ err }, 'presence could not be published; trying again'),
  });
  return { hub, book, presence, catchUps, delivered, sweep };
}

export function createGateway(options: CoreOptions, ports: GatewayPorts): Gateway {
  const { http } = ports;
  const metrics = gatewayMetrics(ports.metrics);
  const timers = new Timers();
  const { hub, book, presence, catchUps, delivered, sweep } = createInside(options, ports, metrics, timers);
  const sessions = new Sessions(options);
  let draining = false;
  openStreams({
    http,
    sessions,
    hub,
    metrics,
    now: ports.now,
    resolveToken: ports.resolveToken,
    draining: () => draining,
    onLeft: (reader) => catchUps.forget(reader),
  });
  const stopChecks = checkTokens({
    sessions,
    resolveToken: ports.resolveToken,
    everyMs: options.tokenCheckMs,
    onRevoked: ({ transport }) => {
      metrics.revoked.inc();
      transport.close('revoked');
    },
  });
  http.app.get('/internal/presence', (_req, res) => {
    res.json(presenceSnapshotToJson(book.snapshot()));
  });
  gatewayGauges(ports.metrics, {
    connections: (wire) => sessions.count(wire),
    accounts: () => book.accounts,
    marks: () => delivered.size,
    catchUpsWaiting: () => catchUps.waiting,
    queue: ports.queueStats,
  });
  return {
    deliver: (batch) => hub.deliver(batch),
    sweep,
    published: () => presence.published,
    draining: () => draining,
    drain: async (ms) => {
      draining = true;
      await drainSessions(sessions, ms);
    },
    stop: async () => {
      stopChecks();
      sessions.stop();
      await presence.stop();
      timers.stop();
    },
  };
}
