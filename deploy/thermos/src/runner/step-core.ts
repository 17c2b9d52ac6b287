import {
  FORK_SEEN_MS,
  newRun,
  RUNS_MAX,
  UNKILLABLE_MS,
  type Effect,
  type Graph,
  type GraphEvent,
  type OfRun,
  type Signal,
  type Step,
  type Verdict,
} from './graph-core.js';
import { failedProcesses, isComplete, planOf, startable, type Plan } from './plan-core.js';
import {
  isLive,
  isTerminal,
  nextProcessState,
  nextTaskState,
  type ProcessEvent,
  type TaskEvent,
} from './states-core.js';
import type { ProcessView, RunnerProcess } from './types.js';

const MS = 1_000;

/** What comes of `event`. An event of a run that is not the latest, or that its state does not know, changes nothing. */
export function step(graph: Graph, event: GraphEvent, now: number): Step {
  if (isTerminal(graph.state)) {
    // Its last sweep may not have been finished.
    return { graph, effects: event.type === 'recovered' ? [{ type: 'sweep', signal: 'SIGKILL' }] : [] };
  }
  const draft = new Draft(graph, now);
  draft.apply(event);
  draft.settle();
  return draft.done();
}

/** A step under way: a graph that is replaced change by change, and the effects so far. */
class Draft {
  #graph: Graph;
  readonly #before: Graph;
  readonly #now: number;
  readonly #effects: Effect[] = [];

  constructor(graph: Graph, now: number) {
    this.#graph = graph;
    this.#before = graph;
    this.#now = now;
  }

  /** The very same graph if nothing changed. */
  done(): Step {
    const { runs, state, cleanBy, signals } = this.#before;
    const after = this.#graph;
    const same =
      after.runs === runs && after.state === state && after.cleanBy === cleanBy && after.signals === signals;
    return { graph: same ? this.#before : after, effects: this.#effects };
  }

  apply(event: GraphEvent): void {
    switch (event.type) {
      case 'tick':
        return;
      case 'recovered':
        this.#graph = withoutFuture(this.#graph, this.#now);
        for (const run of this.#live()) if (run.state === 'FORKED') this.#emit('giveUp', run);
        return;
      case 'running':
        this.#running(event);
        return;
      case 'ended': {
        const { returnCode, at } = event;
        const kind = returnCode === 0 ? 'succeeded' : returnCode > 0 ? 'failed' : 'killed';
        this.#ended(event, kind, { returnCode, finishedAt: at });
        return;
      }
      case 'lost':
        this.#ended(event, 'lost', { finishedAt: this.#now });
        return;
      case 'kill':
        this.#kill(event.graceMs ?? this.#graph.killGraceMs);
        return;
      case 'abandon':
        for (const run of this.#live()) this.#move(run, 'lost', { finishedAt: this.#now });
        this.#moveTask('abandon', { reason: event.reason, finishedAt: this.#now });
        this.#effects.push({ type: 'sweep', signal: 'SIGKILL' });
    }
  }

  /** Does all that is due. */
  settle(): void {
    if (this.#graph.state === 'ACTIVE') this.#settleActive();
    if (this.#graph.state === 'CLEANING') this.#settleCleaning();
    if (this.#graph.state === 'FINALIZING') this.#settleFinalizing();
    if (isTerminal(this.#graph.state)) return;
    for (const run of this.#live()) {
      const unseen = run.state === 'FORKED' && this.#now >= (run.forkedAt ?? 0) + FORK_SEEN_MS;
      const told = this.#effects.some((effect) => effect.type === 'giveUp' && effect.process === run.name);
      if (unseen && !told) this.#emit('giveUp', run);
    }
  }

  #settleActive(): void {
    const plan = planOf(this.#graph.task, 'regular');
    const failed = failedProcesses(plan, this.#graph.runs);
    const limit = this.#graph.task.max_failures;
    if (limit > 0 && failed.length >= limit) {
      const codes = failed.map((name) => `"${name}" (${howItEnded(this.#run(name))})`).join(', ');
      this.#endActive('FAILED', `failed: ${codes}`, this.#graph.killGraceMs);
    } else if (isComplete(plan, this.#graph.runs)) {
      this.#endActive('SUCCESS', 'all processes have finished', this.#graph.killGraceMs);
    } else {
      this.#start(plan);
    }
  }

  #settleCleaning(): void {
    const isLate = this.#now >= (this.#graph.cleanBy ?? 0);
    for (const run of this.#live()) this.#signal(run, isLate ? 'SIGKILL' : 'SIGTERM');
    if (this.#live().length === 0) this.#moveTask('cleaned', {});
  }

  #settleFinalizing(): void {
    const plan = planOf(this.#graph.task, 'final');
    const isLate = this.#isLate();
    const isOver = isComplete(plan, this.#graph.runs);
    if (!isLate && !isOver) {
      this.#start(plan);
      return;
    }
    for (const run of this.#live()) this.#signal(run, isLate ? 'SIGKILL' : 'SIGTERM');
    if (this.#live().length > 0) return;
    const event = { SUCCESS: 'succeed', FAILED: 'fail', KILLED: 'kill' } as const;
    this.#moveTask(event[this.#graph.verdict ?? 'FAILED'], { finishedAt: this.#now });
    this.#effects.push({ type: 'sweep', signal: 'SIGKILL' });
  }

  #kill(graceMs: number): void {
    const { state, cleanBy } = this.#graph;
    if (state === 'ACTIVE') this.#endActive('KILLED', 'killed by request', graceMs);
    else if (state === 'CLEANING' && cleanBy !== null && this.#now + graceMs < cleanBy) {
      this.#graph = { ...this.#graph, cleanBy: this.#now + graceMs };
    }
  }

  #endActive(verdict: Verdict, reason: string, graceMs: number): void {
    const longest = this.#graph.task.finalization_wait * MS;
    const cleanBy = this.#now + Math.min(graceMs, longest);
    this.#moveTask('end', { verdict, reason, endedAt: this.#now, cleanBy });
    this.#effects.push({ type: 'sweep', signal: 'SIGTERM' });
  }

  #start(plan: Plan): void {
    for (const { name } of startable(plan, this.#graph.runs, this.#now)) {
      const run = this.#run(name);
      const fresh = { ...newRun(name), runs: run.runs + 1, failures: run.failures, forkedAt: this.#now };
      this.#move({ ...fresh, state: run.state }, 'fork', {});
      this.#emit('fork', this.#run(name));
    }
  }

  #running(event: OfRun & { readonly pid: number; readonly startTicks: number }): void {
    const run = this.#latest(event);
    if (run === null || nextProcessState(run.state, 'running') === null) return;
    const { pid, startTicks } = event;
    this.#move(run, 'running', { pid, startTicks, startedAt: this.#now });
    // A signal from before it had a pid reached nobody.
    this.#forgetSignal(run.name);
  }

  #ended(event: OfRun, how: ProcessEvent, changes: Partial<ProcessView>): void {
    const run = this.#latest(event);
    if (run === null || nextProcessState(run.state, how) === null) return;
    this.#move(run, how, { ...changes, failures: run.failures + (how === 'failed' ? 1 : 0) });
    const wasTold = this.#graph.signals.has(run.name);
    this.#forgetSignal(run.name);
    const process = this.#graph.task.processes.find(({ name }) => name === run.name);
    if (process === undefined || wasTold || !this.#isStageOf(process)) return;
    const next = afterRun(process, this.#run(run.name));
    if (next !== null) this.#move(this.#run(run.name), next, {});
  }

  /** Whether runs of this process are repeated now. */
  #isStageOf(process: RunnerProcess): boolean {
    if (!process.final) return this.#graph.state === 'ACTIVE';
    return this.#graph.state === 'FINALIZING' && !this.#isLate();
  }

  #isLate(): boolean {
    const { endedAt, task } = this.#graph;
    return this.#now >= (endedAt ?? 0) + task.finalization_wait * MS;
  }

  #signal(run: ProcessView, signal: Signal): void {
    const sent = this.#graph.signals.get(run.name);
    if (sent?.signal === 'SIGKILL' && this.#now >= sent.at + UNKILLABLE_MS) {
      this.#move(run, 'lost', { finishedAt: this.#now });
      return;
    }
    if (sent?.signal === signal || sent?.signal === 'SIGKILL') return;
    const signals = new Map(this.#graph.signals).set(run.name, { signal, at: this.#now });
    this.#graph = { ...this.#graph, signals };
    this.#effects.push({ type: 'signal', process: run.name, run: run.runs - 1, signal });
  }

  #forgetSignal(name: string): void {
    if (!this.#graph.signals.has(name)) return;
    const signals = new Map(this.#graph.signals);
    signals.delete(name);
    this.#graph = { ...this.#graph, signals };
  }

  #move(run: ProcessView, event: ProcessEvent, changes: Partial<ProcessView>): void {
    const state = nextProcessState(run.state, event);
    if (state === null) throw new Error(`process "${run.name}": no "${event}" in ${run.state}`);
    const runs = new Map(this.#graph.runs).set(run.name, { ...run, ...changes, state });
    this.#graph = { ...this.#graph, runs };
  }

  #moveTask(event: TaskEvent, changes: Partial<Graph>): void {
    const state = nextTaskState(this.#graph.state, event);
    if (state === null) throw new Error(`task: no "${event}" in ${this.#graph.state}`);
    this.#graph = { ...this.#graph, ...changes, state };
  }

  #emit(type: 'fork' | 'giveUp', run: ProcessView): void {
    this.#effects.push({ type, process: run.name, run: run.runs - 1 });
  }

  #live(): readonly ProcessView[] {
    return [...this.#graph.runs.values()].filter(({ state }) => isLive(state));
  }

  #run(name: string): ProcessView {
    return this.#graph.runs.get(name) ?? newRun(name);
  }

  #latest({ process, run }: OfRun): ProcessView | null {
    const latest = this.#graph.runs.get(process);
    return latest?.runs === run + 1 ? latest : null;
  }
}

/** What follows a run that ended: another one, the end of all tries, or nothing. */
function afterRun(process: RunnerProcess, run: ProcessView): 'again' | 'exhausted' | null {
  if (run.state === 'SUCCESS' && !process.daemon) return null;
  if (run.state === 'FAILED') {
    const isOut = process.max_failures > 0 && run.failures >= process.max_failures;
    return isOut || run.runs >= RUNS_MAX ? null : 'again';
  }
  return run.runs >= RUNS_MAX ? 'exhausted' : 'again';
}

function howItEnded({ returnCode, runs, failures }: ProcessView): string {
  if (runs >= RUNS_MAX) return `after ${RUNS_MAX} runs`;
  const how = returnCode === null ? 'no exit status' : `exit code ${returnCode}`;
  return failures > 1 ? `${how}, failed ${failures} times` : how;
}

/** Times that lie ahead were written before the clock was set back: nothing may wait for them. */
function withoutFuture(graph: Graph, now: number): Graph {
  const cut = (at: number | null): number | null => (at === null ? null : Math.min(at, now));
  const runs = [...graph.runs].map(([name, run]) => [name, { ...run, forkedAt: cut(run.forkedAt) }] as const);
  const longest = now + graph.task.finalization_wait * MS;
  const cleanBy = graph.cleanBy === null ? null : Math.min(graph.cleanBy, longest);
  return { ...graph, runs: new Map(runs), endedAt: cut(graph.endedAt), cleanBy };
}
