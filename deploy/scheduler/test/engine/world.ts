import type { EngineError } from '@murmur/engine';
import { type Engine, type EngineOffer, type Launch, type TaskUpdate } from '@murmur/engine';
import { parseJob, type Job } from '@murmur/job-config';
import { createMetrics, silentLog } from '@murmur/service';
import { schedulerMetrics } from '../../src/metrics.js';
import { createPlacer, refusalText } from '../../src/placement/index.js';
import { Scheduler } from '../../src/scheduler.js';
import { createDecisions, createState, type State } from '../../src/state/index.js';
import type { LogStorage } from '../../src/storage/port.js';

/** Entries that become durable when the test says so. */
export class SlowLog {
  readonly entries: Uint8Array[] = [];
  #waiting: { settle: () => void; fail: (error: Error) => void }[] = [];
  held = false;

  readonly storage: LogStorage = {
    recover: () => Promise.resolve({ position: 0, bytesCut: 0 }),
    append: (entry) => {
      this.entries.push(entry);
      const position = this.entries.length;
      if (!this.held) return Promise.resolve(position);
      return new Promise((resolve, reject) => {
        this.#waiting.push({
          settle: () => {
            resolve(position);
          },
          fail: reject,
        });
      });
    },
    compact: () => Promise.resolve(),
    backup: (_position, _chunks, at) => Promise.resolve({ name: 'b', at, bytes: 0 }),
    backups: () => Promise.resolve([]),
    stats: () => ({ position: this.entries.length, entries: this.entries.length, bytes: 0, fsyncs: 0 }),
    close: () => Promise.resolve(),
  };

  release(): void {
    this.held = false;
    for (const { settle } of this.#waiting.splice(0)) settle();
  }

  fail(error: Error): void {
    for (const { fail } of this.#waiting.splice(0)) fail(error);
  }
}

/** An engine that notes its orders, and takes launches and refusals of offers or not. */
export class FakeEngine implements Engine {
  readonly orders: string[] = [];
  readonly launches: Launch[] = [];
  refusal: EngineError | null = null;

  #note(text: string): Promise<void> {
    this.orders.push(text);
    return Promise.resolve();
  }
  launch(offerIds: readonly string[], launches: readonly Launch[]): Promise<void> {
    void this.#note(`launch ${launches.length} with ${offerIds.join()}`);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.launches.push(...launches);
    return Promise.resolve();
  }
  decline(offerIds: readonly string[]): Promise<void> {
    void this.#note(`decline ${offerIds.join()}`);
    return this.refusal === null ? Promise.resolve() : Promise.reject(this.refusal);
  }
  revive(): Promise<void> {
    return this.#note('revive');
  }
  suppress(): Promise<void> {
    return this.#note('suppress');
  }
  kill(): Promise<void> {
    return this.#note('kill');
  }
  acknowledge({ receipt }: TaskUpdate): Promise<void> {
    return this.#note(`acknowledge ${String(receipt)}`);
  }
  reconcile(tasks: readonly unknown[]): Promise<void> {
    return this.#note(`reconcile ${tasks.length}`);
  }
  answerInverseOffers(offerIds: readonly string[], accept: boolean): Promise<void> {
    return this.#note(`${accept ? 'accept' : 'refuse'} ${offerIds.join()}`);
  }
  connected(): boolean {
    return true;
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
}

export interface World {
  readonly scheduler: Scheduler;
  readonly engine: FakeEngine;
  readonly log: SlowLog;
  readonly state: State;
  readonly fatal: Error[];
  readonly clock: { now: number };
  /** Until everything that was begun is done. */
  settle(): Promise<void>;
  create(name: string, instances: number, cpu?: number): Promise<void>;
}

export function createWorld(state: State = createState()): World {
  const engine = new FakeEngine();
  const log = new SlowLog();
  const fatal: Error[] = [];
  const clock = { now: 1_000_000 };
  const world: World = {
    ...{ engine, log, state, fatal, clock },
    scheduler: new Scheduler({
      ...{
        state,
        storage: log.storage,
        position: 0,
        decisions: createDecisions(),
        createPlacer,
        refusalText,
      },
      executor: {
        ...{ node: 'node', path: '/thermos.cjs', flags: '', taskUser: '' },
        overhead: { cpus: 0, memMb: 0, diskMb: 0 },
      },
      knobs: {
        ...{ offerHoldMs: 300_000, offerHoldJitterMs: 0, offerRefuseMs: 5_000, requeueDelayMs: 1_000 },
        ...{ reconcileExplicitMs: 3_600_000, reconcileImplicitMs: 3_600_000 },
      },
      log: silentLog(),
      metrics: schedulerMetrics(createMetrics()),
      now: () => clock.now,
      random: () => 0.5,
      onRegistered: () => undefined,
      onFatal: (error) => fatal.push(error),
    }),
    settle: async () => {
      for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
    },
    create: async (name, instances, cpu) => {
      const actor = { name: 'me', reason: null };
      const outcome = await world.scheduler.execute(
        { kind: 'create', job: job(name, instances, cpu) },
        actor,
      );
      if (!outcome.ok) throw new Error(outcome.message);
      await world.settle();
    },
  };
  world.scheduler.use(engine);
  return world;
}

function job(name: string, instances: number, cpu = 1): Job {
  const parsed = parseJob({
    ...{ cluster: 'test', role: 'www', environment: 'test', name, service: true, instances },
    task: {
      name,
      processes: [{ name: 'main', cmdline: 'sleep {{thermos.ports[http]}}' }],
      resources: { cpu, ram: 2 ** 20, disk: 2 ** 20 },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

export function offer(id: string, agentId: string, cpus: number): EngineOffer {
  return {
    ...{ id, agentId, hostname: agentId, agentUrl: null, attributes: new Map(), absence: null },
    resources: { cpus, memMb: 1_000, diskMb: 1_000, gpus: 0, ports: [{ first: 31_000, last: 31_099 }] },
    revocable: { cpus: 0, memMb: 0, diskMb: 0, gpus: 0, ports: [] },
  };
}

export function update(taskId: string, state: TaskUpdate['state'], receipt: string | null = 'r'): TaskUpdate {
  return { taskId, agentId: 'A', state, reason: null, message: '', healthy: null, at: 0, receipt };
}
