import { randomUUID } from 'node:crypto';
import type { ExecutorEvent } from '@murmur/engine';
import { ExecutorEvent as ExecutorEventMessage, encode } from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { Containerizer, ContainerRecord, ContainerSpec } from '../containerizer/types.js';
import type { RecordStream } from '../http/stream.js';
import type { AgentMessage } from '../protocol.js';
import { decide, nextTimer } from './decide-core.js';
import type { AgentEvent, Effect, Turn } from './effects-core.js';
import type { HealthChecks } from './health-checks.js';
import type { Meta } from './meta.js';
import type { AgentState, Framework, Run } from './model-core.js';
import { makeSandbox } from './sandbox.js';

/** First after this time, then again and again, ms. */
const EXECUTOR_HEARTBEAT_MS = 30 * 60_000;
/** Longest wait of one timer, ms: what is due later is looked at again then. */
const TIMER_MAX_MS = 3_600_000;

export interface AgentTools {
  readonly log: Log;
  readonly containerizer: Containerizer;
  readonly meta: Meta;
  readonly now: () => number;
  readonly specOf: (framework: Framework, run: Run) => ContainerSpec;
  /** A sandbox is about to be made. */
  readonly onSandbox: (run: Run) => void;
  readonly toMaster: (message: AgentMessage) => void;
  /** The sandbox of a completed run may be removed when its time has come. */
  readonly collect: (sandbox: string) => void;
  /** The master wants this agent gone for good. */
  readonly onShutdown: (reason: string) => void;
  readonly healthChecks: (result: (containerId: string, healthy: boolean) => void) => HealthChecks;
}

/** Performs what the cores decide: one event at a time, its effects in their order. */
export class Agent {
  readonly state: AgentState;
  readonly #tools: AgentTools;
  readonly #streams = new Map<string, RecordStream>();
  /** Containers whose limits are being changed; what must wait for that is chained. */
  readonly #chains = new Map<string, Promise<void>>();
  readonly #health: HealthChecks;
  #waiting: AgentEvent[] = [];
  #busy = false;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(state: AgentState, tools: AgentTools) {
    this.state = state;
    this.#tools = tools;
    this.#health = tools.healthChecks((containerId, healthy) => {
      this.dispatch({ kind: 'health', containerId, healthy });
    });
  }

  /** One event at a time: what happens while one is worked on waits. */
  dispatch(event: AgentEvent): void {
    this.#waiting.push(event);
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const turn = this.turn();
        decide(this.state, next, turn);
        this.perform(turn);
      }
    } finally {
      this.#busy = false;
    }
    this.#setTimer();
  }

  turn(): Turn {
    return { now: this.#tools.now(), uuid: randomUUID, effects: [] };
  }

  perform(turn: Turn): void {
    for (const effect of turn.effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    const { meta, containerizer, toMaster, collect, onShutdown } = this.#tools;
    switch (effect.kind) {
      case 'write':
        meta.write(effect.path, effect.value);
        break;
      case 'append':
        meta.append(effect.path, effect.value);
        break;
      case 'remove':
        meta.remove(effect.path);
        break;
      case 'launch':
        void this.#launch(effect.containerId);
        break;
      case 'update':
        this.#chain(effect.containerId, () =>
          containerizer.update(effect.containerId, effect.resources, effect.limits),
        );
        break;
      case 'signal':
        containerizer.signal(effect.containerId, effect.signal);
        break;
      case 'destroy':
        this.#destroy(effect.containerId);
        break;
      case 'event':
        this.#afterChain(effect.containerId, () => this.#send(effect.containerId, effect.event));
        break;
      case 'close':
        this.#afterChain(effect.containerId, () => this.#streams.get(effect.containerId)?.end());
        break;
      case 'master':
        toMaster(effect.message);
        break;
      case 'check':
        this.#check(effect.containerId, effect.check !== null);
        break;
      case 'collect':
        collect(effect.sandbox);
        break;
      case 'shutdown':
        onShutdown(effect.reason);
        break;
    }
  }

  async #launch(containerId: string): Promise<void> {
    const run = this.state.runs.get(containerId);
    const framework = run === undefined ? undefined : this.state.frameworks.get(run.frameworkId);
    if (run === undefined || framework === undefined) return;
    try {
      const spec = this.#tools.specOf(framework, run);
      this.#tools.onSandbox(run);
      await makeSandbox(this.state.settings.workDir, spec);
      const record = await this.#tools.containerizer.launch(spec);
      if (this.#closed) return;
      this.dispatch({ kind: 'launched', containerId, record });
      this.watch(containerId);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.#tools.log.warn({ err: error, container: containerId }, 'agent: a container was not launched');
      if (!this.#closed) this.dispatch({ kind: 'launch-failed', containerId, reason });
    }
  }

  /** Tells when the container is gone. */
  watch(containerId: string): void {
    this.#tools.containerizer.wait(containerId).then(
      (termination) => {
        if (!this.#closed) this.dispatch({ kind: 'ended', containerId, termination });
      },
      (error: unknown) => {
        this.#tools.log.error({ err: error, container: containerId }, 'agent: a container cannot be watched');
      },
    );
  }

  #destroy(containerId: string): void {
    this.#tools.containerizer.destroy(containerId).catch((error: unknown) => {
      this.#tools.log.error({ err: error, container: containerId }, 'agent: a container was not destroyed');
    });
  }

  #check(containerId: string, on: boolean): void {
    const run = this.state.runs.get(containerId);
    const framework = run === undefined ? undefined : this.state.frameworks.get(run.frameworkId);
    const [task] = run?.tasks.values() ?? [];
    const check = task?.info.health_check;
    if (!on || run === undefined || framework === undefined || check === undefined) {
      this.#health.stop(containerId);
      return;
    }
    this.#health.start(containerId, check, this.#tools.specOf(framework, run));
  }

  #chain(containerId: string, action: () => Promise<void>): void {
    const before = this.#chains.get(containerId) ?? Promise.resolve();
    const after = before.then(action).catch((error: unknown) => {
      this.#tools.log.error({ err: error, container: containerId }, 'agent: a container was not updated');
    });
    this.#chains.set(containerId, after);
    void after.then(() => {
      if (this.#chains.get(containerId) === after) this.#chains.delete(containerId);
    });
  }

  #afterChain(containerId: string, action: () => void): void {
    if (!this.#chains.has(containerId)) action();
    else
      this.#chain(containerId, () => {
        action();
        return Promise.resolve();
      });
  }

  #send(containerId: string, event: ExecutorEvent): void {
    this.#streams.get(containerId)?.write(encode(ExecutorEventMessage, event));
  }

  /** The executor's stream; an earlier one is closed. */
  attach(containerId: string, stream: RecordStream): void {
    const earlier = this.#streams.get(containerId);
    this.#streams.set(containerId, stream);
    earlier?.end();
    const heartbeat = setInterval(() => {
      this.#send(containerId, { type: 'HEARTBEAT' });
    }, EXECUTOR_HEARTBEAT_MS);
    heartbeat.unref();
    stream.onClose(() => {
      clearInterval(heartbeat);
      if (this.#streams.get(containerId) !== stream) return;
      this.#streams.delete(containerId);
      this.dispatch({ kind: 'disconnected', containerId });
    });
  }

  #setTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const next = nextTimer(this.state);
    if (next === null || this.#closed) return;
    const wait = Math.min(TIMER_MAX_MS, Math.max(0, next - this.#tools.now()));
    this.#timer = setTimeout(() => {
      this.dispatch({ kind: 'tick' });
    }, wait);
  }

  /** Containers that are there, with what is known of them. */
  records(): readonly ContainerRecord[] {
    return [...this.state.runs.values()].flatMap((run) => (run.record === null ? [] : [run.record]));
  }

  /** Lets go of everything without touching it: executors and commands live on. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#health.close();
    for (const stream of this.#streams.values()) stream.end();
  }
}
