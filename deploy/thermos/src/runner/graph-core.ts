/**
 * One task's processes: what is known of them, what may happen (events) and what is to be done (effects). Times are ms;
 * `step-core.ts` decides.
 */
import type { Runs } from './plan-core.js';
import type { ProcessView, RunnerTask, TaskState } from './types.js';

/** A process is run so often in all, whatever the reason. */
export const RUNS_MAX = 100;
/** A fork that was not seen to run by then is LOST. */
export const FORK_SEEN_MS = 60_000;
/** SIGTERM to SIGKILL where nothing else is said. */
export const KILL_GRACE_MS = 10_000;
/** What survives SIGKILL for so long (stuck in the kernel) is given up as LOST. */
export const UNKILLABLE_MS = 30_000;

export type Signal = 'SIGTERM' | 'SIGKILL';
export type Verdict = 'SUCCESS' | 'FAILED' | 'KILLED';

export interface Graph {
  readonly task: RunnerTask;
  readonly state: TaskState;
  /** Decided when ACTIVE ends; final processes do not change it. */
  readonly verdict: Verdict | null;
  readonly reason: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** When ACTIVE ended. */
  readonly endedAt: number | null;
  /** SIGKILL for what still runs in CLEANING. */
  readonly cleanBy: number | null;
  /** SIGTERM to SIGKILL where `kill` says nothing. Not in the checkpoint. */
  readonly killGraceMs: number;
  readonly runs: Runs;
  /** Of live runs: the strongest signal that was sent, and when. Not in the checkpoint: a new runner sends it again. */
  readonly signals: ReadonlyMap<string, { readonly signal: Signal; readonly at: number }>;
}

export interface OfRun {
  readonly process: string;
  readonly run: number;
}

export type GraphEvent =
  | { readonly type: 'tick' }
  /** A new runner has read the checkpoint; the clock may have been set back meanwhile. */
  | { readonly type: 'recovered' }
  | ({ readonly type: 'running'; readonly pid: number; readonly startTicks: number } & OfRun)
  /** `returnCode`: the exit code, or -n for signal n. */
  | ({ readonly type: 'ended'; readonly returnCode: number; readonly at: number } & OfRun)
  | ({ readonly type: 'lost' } & OfRun)
  | { readonly type: 'kill'; readonly graceMs?: number | undefined }
  | { readonly type: 'abandon'; readonly reason: string };

export type Effect =
  | ({ readonly type: 'fork' } & OfRun)
  | ({ readonly type: 'signal'; readonly signal: Signal } & OfRun)
  /** See to it that this fork never starts; if that is so, it is `lost`. */
  | ({ readonly type: 'giveUp' } & OfRun)
  /** Signal what ended runs left behind. */
  | { readonly type: 'sweep'; readonly signal: Signal };

export interface Step {
  readonly graph: Graph;
  readonly effects: readonly Effect[];
}

export function newGraph(task: RunnerTask, now: number, killGraceMs: number = KILL_GRACE_MS): Graph {
  return {
    task,
    state: 'ACTIVE',
    verdict: null,
    reason: null,
    startedAt: now,
    finishedAt: null,
    endedAt: null,
    cleanBy: null,
    killGraceMs,
    runs: new Map(task.processes.map(({ name }) => [name, newRun(name)])),
    signals: new Map(),
  };
}

export function newRun(name: string): ProcessView {
  const none = { pid: null, startTicks: null, returnCode: null };
  const never = { forkedAt: null, startedAt: null, finishedAt: null };
  return { name, state: 'WAITING', runs: 0, failures: 0, ...none, ...never };
}
