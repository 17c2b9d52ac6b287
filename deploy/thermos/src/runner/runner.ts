import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CheckpointFile, readBootId } from './checkpoint.js';
import { viewOf, type CheckpointHeader } from './checkpoint-core.js';
import { checkLogger, checkTask } from './check-core.js';
import { newGraph, type Effect, type Graph, type GraphEvent } from './graph-core.js';
import { identityOf } from './identity.js';
import { Runs } from './runs.js';
import { isTerminal } from './states-core.js';
import { step } from './step-core.js';
import { RunnerError, type ProcessUsage, type Runner, type RunnerOptions, type TaskView } from './types.js';

const POLL_MS = 250;
const LOG_CHECK_MS = 5_000;
/** So many looks in a row may fail before the task is LOST: ten seconds. */
const POLL_FAILURES_MAX = 40;
const NAME_MAX = 255;

/** A runner for one task. Throws `RunnerError` if the task cannot be one; does nothing before `start`. */
export function createRunner(options: RunnerOptions): Runner {
  const { task, taskId, loggerDefaults } = options;
  const problems = [...checkTask(task), ...checkLogger('loggerDefaults', loggerDefaults)];
  for (const field of ['sandbox', 'checkpointRoot'] as const) {
    if (!isAbsolute(options[field])) problems.push(`${field} "${options[field]}": is not an absolute path`);
  }
  if (!/^[^./][^/\0]*$/.test(taskId) || taskId.length > NAME_MAX) {
    problems.push(`taskId "${taskId}": is not one path segment of at most ${NAME_MAX} bytes`);
  }
  if (problems.length > 0) throw new RunnerError(problems.join('; '));
  return new TaskRunner(options);
}

class TaskRunner implements Runner {
  readonly finished: Promise<TaskView>;
  readonly #options: RunnerOptions;
  readonly #now: () => number;
  readonly #listeners = new Set<(view: TaskView) => void>();
  readonly #queue: GraphEvent[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #finish: (view: TaskView) => void = () => undefined;
  #header: CheckpointHeader;
  #graph: Graph;
  #checkpoint: CheckpointFile | null = null;
  #runs: Runs | null = null;
  #isDispatching = false;
  #isClosed = false;
  #isRotating = false;
  #pollFailures = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#now = options.now ?? steadyClock();
    const { task, taskId, sandbox, user, killGraceMs } = options;
    this.#header = { task, taskId, sandbox, user };
    this.#graph = newGraph(task, this.#now(), killGraceMs);
    this.finished = new Promise((resolve) => (this.#finish = resolve));
  }

  async start(): Promise<void> {
    if (this.#isClosed || this.#checkpoint !== null) throw new RunnerError('the runner was started before');
    const { sandbox, user, checkpointRoot, log, killGraceMs } = this.#options;
    if (statSync(sandbox, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new RunnerError(`sandbox "${sandbox}": is not a folder`);
    }
    const identity = await identityOf(user);
    const boot = readBootId();
    const checkpoint = new CheckpointFile(checkpointRoot, this.#header, boot, this.#now());
    this.#checkpoint = checkpoint;
    const { found } = checkpoint;
    if (found !== null) {
      // The task goes on as it began, whatever the options say now.
      const { taskId, task, user: as } = found;
      this.#header = { taskId, task, sandbox, user: as };
      this.#graph = { ...found.graph, killGraceMs: killGraceMs ?? this.#graph.killGraceMs };
    }
    this.#runs = new Runs({
      options: this.#options,
      folder: checkpoint.folder,
      processes: this.#header.task.processes,
      identity,
      boot,
      now: this.#now,
      log,
      dispatch: (event) => this.#dispatch(event),
      hint: () => this.#poll(),
    });
    this.#runs.recover(this.view().processes);
    this.#dispatch({ type: found === null ? 'tick' : 'recovered' });
    this.#timers.push(
      setInterval(() => this.#poll(), this.#options.pollMs ?? POLL_MS),
      setInterval(() => void this.#tidy(), this.#options.logCheckMs ?? LOG_CHECK_MS),
    );
    this.#poll();
  }

  view(): TaskView {
    return viewOf(this.#header, this.#graph);
  }

  onChange(listener: (view: TaskView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async kill(graceMs?: number): Promise<TaskView> {
    this.#dispatch({ type: 'kill', graceMs });
    return this.finished;
  }

  async usage(): Promise<readonly ProcessUsage[]> {
    return Promise.resolve(this.#runs?.usage(this.view().processes) ?? []);
  }

  async detach(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  /** Events are handled one after the other, also those that come of an effect. */
  #dispatch(event: GraphEvent): void {
    if (this.#isClosed) return;
    this.#queue.push(event);
    if (this.#isDispatching || this.#checkpoint === null) return;
    this.#isDispatching = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handle(next);
    } finally {
      this.#isDispatching = false;
    }
  }

  #handle(event: GraphEvent): void {
    const before = this.#graph;
    const now = this.#now();
    const { graph, effects } = step(before, event, now);
    this.#graph = graph;
    try {
      // First what is about to be done, then the doing.
      this.#checkpoint?.append(before, graph, now);
    } catch (error) {
      this.#options.log.error({ err: error }, 'the checkpoint cannot be written');
      const reason = `the checkpoint cannot be written: ${String(error)}`;
      if (event.type !== 'abandon') this.#queue.unshift({ type: 'abandon', reason });
      if (event.type !== 'abandon') return;
    }
    for (const effect of effects) this.#perform(effect);
    if (graph !== before) this.#changed(before);
  }

  #perform(effect: Effect): void {
    const runs = this.#runs;
    if (runs === null) return;
    switch (effect.type) {
      case 'fork':
        runs.fork(effect);
        return;
      case 'signal':
        runs.signal(effect, effect.signal);
        return;
      case 'giveUp':
        runs.giveUp(effect);
        return;
      case 'sweep':
        if (isTerminal(this.#graph.state)) void this.#end(runs);
        else runs.sweep(effect.signal);
    }
  }

  #changed(before: Graph): void {
    const { state, reason } = this.#graph;
    if (state !== before.state) this.#options.log.info({ state, reason }, 'task');
    for (const listener of this.#listeners) listener(this.view());
  }

  async #end(runs: Runs): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    try {
      await runs.end(this.view().processes);
    } catch (error) {
      this.#options.log.error({ err: error }, 'what is left of the task could not be ended');
    }
    this.#close();
    this.#finish(this.view());
  }

  #poll(): void {
    if (this.#checkpoint === null) return;
    try {
      for (const run of this.#graph.runs.values()) this.#runs?.look(run);
      this.#pollFailures = 0;
    } catch (error) {
      this.#pollFailures += 1;
      this.#options.log.warn({ err: error }, 'processes could not be looked at');
      const reason = 'processes could not be looked at';
      if (this.#pollFailures >= POLL_FAILURES_MAX) this.#dispatch({ type: 'abandon', reason });
    }
    this.#dispatch({ type: 'tick' });
  }

  async #tidy(): Promise<void> {
    if (this.#isRotating || this.#runs === null) return;
    this.#isRotating = true;
    try {
      this.#runs.forgetGone();
      await this.#runs.rotate(this.view().processes);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'logs could not be looked at');
    } finally {
      this.#isRotating = false;
    }
  }

  #close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#runs?.close();
    this.#checkpoint?.close();
    this.#checkpoint = null;
    this.#queue.length = 0;
  }
}

/** The wall clock of this moment, and from then on one that nobody sets. */
function steadyClock(): () => number {
  const begin = Date.now() - performance.now();
  return () => Math.round(begin + performance.now());
}
