import { setTimeout as sleep } from 'node:timers/promises';
import type { KestrelClient, KestrelConsumer } from '@murmur/kestrel-client';
import type { Member, ServerSet } from '@murmur/discovery';
import { CodecError, decodePresence, presenceQueue, presenceSnapshotFromJson } from '@murmur/model';
import type { RestClient } from '@murmur/rest-client';
import type { Log } from '@murmur/service';
import type { FanoutMetrics } from './metrics.js';
import type { Presence, PresenceEffect } from './presence-core.js';

/** How long fan-out waits for the first snapshots before it consumes, ms. */
export const FIRST_SNAPSHOTS_WAIT_MS = 2_000;
/** How often holes are looked for, ms. */
const TICK_MS = 100;
/** First and longest pause before a snapshot that failed is fetched again, ms. */
const FETCH_RETRY_FIRST_MS = 200;
const FETCH_RETRY_MAX_MS = 5_000;
const BATCH_MAX = 100;
const MONITOR_MS = 1_000;

export interface PresenceOptions {
  readonly presence: Presence;
  /** The gateways' ServerSet. */
  readonly gateways: ServerSet;
  readonly rest: Pick<RestClient, 'request'>;
  readonly kestrel: Pick<KestrelClient, 'consume' | 'deleteQueue'>;
  readonly instance: string;
  readonly metrics: FanoutMetrics;
  readonly log: Log;
}

interface Known {
  readonly member: Member;
  /** Its name, once its snapshot was seen. */
  gateway: string | null;
  fetching: boolean;
}

/** Keeps `Presence` true: reads the queue, fetches snapshots, drops gateways that leave. */
export class PresenceFeed {
  readonly #options: PresenceOptions;
  readonly #members = new Map<string, Known>();
  readonly #stopping = new AbortController();
  #consumer: KestrelConsumer | null = null;
  #timer: NodeJS.Timeout | null = null;
  #unsubscribe: () => void = () => undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Resolves when every gateway known by then has given its first snapshot, at the latest after `FIRST_SNAPSHOTS_WAIT_MS`. */
  async start(): Promise<void> {
    const { kestrel, instance, gateways } = this.#options;
    // The child queue comes to be by being read, and it must be there before the first snapshot is taken.
    this.#consumer = kestrel.consume({
      queue: presenceQueue(instance),
      batchMax: BATCH_MAX,
      monitorMs: MONITOR_MS,
      retryDelayMs: TICK_MS,
      handle: (batch) => {
        for (const payload of batch) this.#take(payload);
        return Promise.resolve();
      },
    });
    this.#timer = setInterval(() => this.#perform(this.#options.presence.tick(Date.now())), TICK_MS);
    const deadline = Date.now() + FIRST_SNAPSHOTS_WAIT_MS;
    await gateways.ready(FIRST_SNAPSHOTS_WAIT_MS).catch(() => undefined);
    this.#unsubscribe = gateways.onChange((members) => this.#update(members));
    this.#update(gateways.members());
    while (Date.now() < deadline && !this.#complete() && !this.#stopping.signal.aborted)
      await sleep(FIRST_SNAPSHOTS_POLL_MS);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unsubscribe();
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#consumer?.stop();
    await this.#options.kestrel.deleteQueue(presenceQueue(this.#options.instance));
  }

  #complete(): boolean {
    return [...this.#members.values()].every((known) => known.gateway !== null);
  }

  #take(payload: Buffer): void {
    try {
      this.#perform(this.#options.presence.apply(decodePresence(payload), Date.now()));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#options.log.warn({ reason: error.message }, 'presence item that cannot be read');
    }
  }

  #perform(effects: readonly PresenceEffect[]): void {
    for (const { gateway } of effects) {
      // Of two members with one name the younger is the one that runs.
      const known = [...this.#members.values()].filter((one) => one.gateway === gateway).at(-1);
      if (known !== undefined) void this.#fetch(known);
    }
  }

  #update(members: readonly Member[]): void {
    const names = new Set(members.map((member) => member.name));
    for (const [name, known] of this.#members) {
      if (names.has(name)) continue;
      this.#members.delete(name);
      const { gateway } = known;
      const another = [...this.#members.values()].some((one) => one.gateway === gateway);
      if (gateway !== null && !another) this.#options.presence.drop(gateway);
    }
    for (const member of members) {
      if (this.#members.has(member.name)) continue;
      const known = { member, gateway: null, fetching: false };
      this.#members.set(member.name, known);
      void this.#fetch(known);
    }
  }

  /** Until it is there, the member has left, or fan-out stops. */
  async #fetch(known: Known): Promise<void> {
    if (known.fetching) return;
    known.fetching = true;
    const { signal } = this.#stopping;
    const { log, metrics } = this.#options;
    for (let failures = 0; !signal.aborted && this.#members.get(known.member.name) === known; failures++) {
      try {
        await this.#fetchOnce(known);
        metrics.presenceFetches.inc({ result: 'ok' });
        break;
      } catch (error) {
        metrics.presenceFetches.inc({ result: 'failed' });
        if (failures === 0)
          log.warn({ err: error, endpoint: known.member.serviceEndpoint }, 'no presence snapshot');
        const pause = Math.min(FETCH_RETRY_MAX_MS, FETCH_RETRY_FIRST_MS * 2 ** Math.min(failures, 10));
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
    known.fetching = false;
  }

  async #fetchOnce(known: Known): Promise<void> {
    const answer = await this.#options.rest.request({
      method: 'GET',
      path: '/internal/presence',
      endpoint: known.member.serviceEndpoint,
      signal: this.#stopping.signal,
    });
    if (answer.status !== 200) throw new Error(`GET /internal/presence answered ${answer.status}`);
    const snapshot = presenceSnapshotFromJson(answer.body);
    if (this.#members.get(known.member.name) !== known) return;
    known.gateway = snapshot.gateway;
    this.#options.presence.snapshot(snapshot, Date.now());
  }
}

const FIRST_SNAPSHOTS_POLL_MS = 10;
