import {
  createExecutorClient,
  type ExecutorClient,
  type ExecutorEnvironment,
  type ExecutorEventSubscribed,
  type TaskInfo,
} from '@murmur/engine';
import type { Log } from '@murmur/service';
import { within } from '../lifecycle/http-lifecycle.js';
import type { StopTime } from '../lifecycle/stop.js';
import type { TaskView } from '../runner/types.js';
import { planLaunch, type LaunchFacts, type LaunchPlan } from './launch-core.js';
import { endMessage, OUTCOMES, runnerEndOf, type Cause } from './outcome-core.js';
import { nextPhase, type PhaseEffect, type PhaseEvent } from './phases-core.js';
import { openRecord, type ExecutorRecord, type RecordFile } from './record.js';
import { prepareTask, type Task, type TaskOptions } from './task.js';

export interface ExecutorOptions extends Omit<TaskOptions, 'directory' | 'log'> {
  readonly environment: ExecutorEnvironment;
  readonly facts: Omit<LaunchFacts, 'hostname'>;
  /** From having nothing to do, and all updates acknowledged, until it exits. */
  readonly idleExitMs: number;
  readonly log: Log;
  /** Called once, at the very end. */
  readonly exit: (code: number) => void;
}

export interface Executor {
  start(): void;
  /** As the agent's SHUTDOWN. */
  shutdown(why: string): void;
  /** Lets go of the task and leaves its processes alone, as a crash would; another executor goes on. */
  detach(): Promise<void>;
}

/** The Mesos side of Thermos: one task, from the agent's LAUNCH to the last acknowledged update. Throws if its record is unreadable. */
export function createExecutor(options: ExecutorOptions): Executor {
  return new ThermosExecutor(options);
}

/** A task whose config says nothing of it: Aurora's default, s. */
const FINALIZATION_WAIT_SECS = 30;

class ThermosExecutor implements Executor {
  readonly #options: ExecutorOptions;
  readonly #file: RecordFile;
  readonly #client: ExecutorClient;
  #record: ExecutorRecord;
  /** The latest that the agent gave. */
  #given: TaskInfo | null = null;
  #plan: LaunchPlan | null = null;
  #preparing: Promise<Task | null> = Promise.resolve(null);
  #task: Task | null = null;
  #view: TaskView | null = null;
  #healthyMessage: string | null = null;
  /** The task was healthy when an earlier process of this executor ended. */
  #isProven = false;
  readonly #time: StopTime = { graceMs: Infinity, deadline: Infinity, hurry: new AbortController() };
  #killGraceMs: number | null = null;
  #isAgentGone = false;
  #exitTimer: NodeJS.Timeout | undefined;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#file = openRecord(options.checkpointRoot, options.environment.directory);
    this.#record = this.#file.found;
    this.#client = createExecutorClient({
      environment: options.environment,
      log: options.log,
      ledger: this.#record.ledger,
      onLedger: (ledger) => this.#keep({ ledger }),
      handler: {
        subscribed: (event) => this.#subscribed(event),
        launch: (task) => this.#launch(task),
        kill: (taskId, graceMs) => this.#kill(taskId, graceMs),
        message: () => options.log.info({}, 'a message from the framework; Thermos takes none'),
        shutdown: () => this.shutdown('The agent shut the executor down.'),
        acknowledged: () => this.#leaveIfDone(),
        dead: (reason) => {
          this.#isAgentGone = true;
          this.shutdown(`The executor lost its agent: ${reason}.`);
          this.#leaveIfDone();
        },
      },
    });
  }

  start(): void {
    const { task, phase, cause } = this.#record;
    if (task !== null) {
      this.#options.log.info({ task: task.task_id.value, phase }, 'going on where an earlier process was');
      // The table begins where every process does.
      this.#record = { ...this.#record, phase: 'idle' };
      this.#isProven = phase === 'running';
      if (phase === 'ended') this.#dispatch('resumeEnded');
      else this.#dispatch(phase === 'idle' ? 'launch' : 'resume');
      if (phase === 'stopping') this.#dispatch(cause === 'kill' ? 'kill' : 'shutdown');
    }
    this.#client.start();
  }

  shutdown(why: string): void {
    const deadline = Date.now() + this.#options.environment.shutdownGraceMs;
    this.#time.deadline = Math.min(this.#time.deadline, deadline);
    this.#dispatch('shutdown', 'shutdown', why);
  }

  async detach(): Promise<void> {
    clearTimeout(this.#exitTimer);
    await this.#client.close();
    await (await this.#preparing)?.detach();
  }

  #keep(change: Partial<ExecutorRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#file.write(this.#record);
  }

  #subscribed({ agent_info, framework_info }: ExecutorEventSubscribed): void {
    const known = (framework_info.capabilities ?? []).map(({ type }) => type);
    const agent = {
      hostname: agent_info.hostname,
      killing: known.includes('TASK_KILLING_STATE'),
      partitionAware: known.includes('PARTITION_AWARE'),
    };
    this.#keep({ agent });
    this.#leaveIfDone();
  }

  #launch(task: TaskInfo): void {
    const has = this.#record.task?.task_id.value;
    // An agent that restarted may give a task again that it does not know to be here.
    if (has === task.task_id.value) return;
    clearTimeout(this.#exitTimer);
    this.#exitTimer = undefined;
    this.#given = task;
    if (has === undefined && this.#record.phase === 'idle') this.#keep({ task });
    this.#dispatch('launch');
  }

  #kill(taskId: string, graceMs: number | null): void {
    if (taskId !== this.#record.task?.task_id.value) {
      this.#options.log.warn({ taskId }, 'asked to kill a task that is not here');
      return;
    }
    this.#killGraceMs = graceMs;
    this.#dispatch('kill', 'kill', 'Killed on request.');
  }

  #dispatch(event: PhaseEvent, cause: Cause | null = null, why = ''): void {
    const move = nextPhase(this.#record.phase, event);
    if (move === null) return;
    const isFirst = cause !== null && this.#record.cause === null;
    this.#keep({ phase: move.to, ...(isFirst ? { cause, why } : {}) });
    this.#options.log.info({ event, phase: move.to, why }, 'task');
    for (const effect of move.effects) this.#perform(effect);
  }

  #perform(effect: PhaseEffect): void {
    switch (effect) {
      case 'drop':
        this.#drop();
        return;
      case 'reportStarting':
        this.#report('TASK_STARTING', 'Setting up the sandbox.');
        return;
      case 'reportKilling':
        if (this.#record.agent.killing) this.#report('TASK_KILLING', this.#record.why);
        return;
      case 'reportRunning':
        this.#reportRunning();
        return;
      case 'prepare':
        this.#prepare();
        return;
      case 'check':
        this.#check();
        return;
      case 'announce':
        this.#task?.announce();
        return;
      case 'stop':
        void this.#stop();
        return;
      case 'hasten':
        this.#hasten();
        return;
      case 'reportEnd':
        this.#reportEnd();
        return;
      case 'leave':
        this.#leaveIfDone();
        return;
    }
  }

  #report(state: Parameters<ExecutorClient['update']>[0]['state'], message: string, healthy?: boolean): void {
    const { task } = this.#record;
    if (task === null) return;
    const health = healthy === undefined ? {} : { healthy };
    this.#client.update({ task_id: task.task_id, state, message, ...health });
  }

  #reportRunning(): void {
    const message = this.#healthyMessage;
    if (message === null) this.#report('TASK_RUNNING', 'Running; it has no health check.');
    else this.#report('TASK_RUNNING', message, true);
  }

  #drop(): void {
    if (this.#given === null) return;
    this.#client.update({
      task_id: this.#given.task_id,
      state: this.#record.agent.partitionAware ? 'TASK_DROPPED' : 'TASK_LOST',
      message: `This executor runs one task, and that is ${this.#record.task?.task_id.value ?? 'no more'}.`,
    });
  }

  #prepare(): void {
    const { facts, environment } = this.#options;
    const { task: info, agent } = this.#record;
    const work = async (): Promise<Task | null> => {
      if (info === null) return null;
      this.#plan = planLaunch(info, { ...facts, hostname: agent.hostname });
      return prepareTask(this.#plan, { ...this.#options, directory: environment.sandbox });
    };
    this.#preparing = work().catch((error: unknown) => {
      this.#dispatch('refused', 'refused', error instanceof Error ? error.message : String(error));
      return null;
    });
    void this.#preparing.then((task) => {
      if (task === null) return;
      this.#task = task;
      this.#dispatch(this.#isProven ? 'preparedHealthy' : 'prepared');
      void task.finished.then((view) => {
        this.#view = view;
        this.#dispatch('runnerEnded', 'runner', view.reason ?? '');
      });
    });
  }

  #check(): void {
    const healthy = (message: string | null): void => {
      this.#healthyMessage = message;
      this.#dispatch('healthy');
    };
    this.#task?.check(this.#isProven, healthy, (why) => this.#dispatch('unhealthy', 'unhealthy', why));
  }

  async #stop(): Promise<void> {
    const { cause } = this.#record;
    const wait = (this.#plan?.task.finalization_wait ?? FINALIZATION_WAIT_SECS) * 1_000;
    this.#time.graceMs = (cause === 'kill' ? this.#killGraceMs : null) ?? wait;
    const isThere = await within(
      this.#preparing,
      Math.min(this.#time.deadline - Date.now(), PREPARE_WAIT_MS),
    );
    const task = isThere ? await this.#preparing : null;
    if (task !== null) this.#view = await task.stop(this.#time, cause !== 'runner');
    this.#dispatch('stopped');
  }

  /** Only what takes less time than was given before is a reason to hurry: a KILL may be repeated. */
  #hasten(): void {
    const graceMs = this.#killGraceMs ?? Infinity;
    const isShorter = graceMs < this.#time.graceMs;
    if (isShorter) this.#time.graceMs = graceMs;
    if (isShorter || this.#time.deadline !== Infinity) this.#time.hurry.abort();
  }

  #reportEnd(): void {
    const { cause, why } = this.#record;
    const end = runnerEndOf(this.#view?.state ?? null);
    const known = cause ?? 'runner';
    const message = endMessage(known, why, end, this.#view?.reason ?? null);
    this.#report(OUTCOMES[known][end], message, known === 'unhealthy' ? false : undefined);
  }

  /** Exits when there is nothing to do and nothing to be acknowledged: at once when told to, else after a while. */
  #leaveIfDone(): void {
    const { phase, ledger } = this.#record;
    if (phase !== 'idle' && phase !== 'ended') return;
    if (this.#isAgentGone) this.#exit(1);
    else if (ledger.updates.length === 0 && this.#exitTimer === undefined) {
      const isToldTo = this.#time.deadline !== Infinity;
      this.#exitTimer = setTimeout(() => this.#exit(0), isToldTo ? 0 : this.#options.idleExitMs);
    }
  }

  #exit(code: number): void {
    clearTimeout(this.#exitTimer);
    if (this.#record.ledger.updates.length === 0) this.#file.remove();
    void this.#client.close().then(() => this.#options.exit(code));
  }
}

/** A stop waits this long for a preparation that is under way, ms. */
const PREPARE_WAIT_MS = 120_000;
