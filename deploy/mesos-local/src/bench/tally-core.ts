import type { TaskStatus } from '@murmur/engine';

/** What was heard of one task. */
interface Heard {
  /** Different updates of each state; a repeat of one has its uuid. */
  readonly uuids: Set<string>;
  running: number;
  ended: number;
}

/** Counts of a run; everything is as it should be when `faults` is empty. */
export interface Verdict {
  readonly running: number;
  readonly repeats: number;
  /** Sentences, at most `FAULTS_MAX` of each kind. */
  readonly faults: readonly string[];
}

const FAULTS_MAX = 3;

/** Holds the updates that a framework got against the tasks that it launched: each must have said RUNNING exactly once. */
export class Tally {
  readonly #tasks: ReadonlyMap<string, Heard>;
  readonly #strangers: string[] = [];
  #running = 0;
  #repeats = 0;

  constructor(taskIds: Iterable<string>) {
    this.#tasks = new Map(
      [...taskIds].map((id): [string, Heard] => [id, { uuids: new Set(), running: 0, ended: 0 }]),
    );
  }

  /** Tasks that said RUNNING at least once. */
  get running(): number {
    return this.#running;
  }

  add(status: TaskStatus): void {
    const heard = this.#tasks.get(status.task_id.value);
    if (heard === undefined) {
      this.#strangers.push(status.task_id.value);
      return;
    }
    const uuid = status.uuid ?? '';
    if (heard.uuids.has(uuid)) {
      this.#repeats += 1;
      return;
    }
    heard.uuids.add(uuid);
    if (status.state === 'TASK_RUNNING') {
      heard.running += 1;
      if (heard.running === 1) this.#running += 1;
    } else if (status.state !== 'TASK_STARTING') heard.ended += 1;
  }

  /** `reconciled`: what the master answered when it was asked for everything at the end. */
  verdict(reconciled: readonly TaskStatus[]): Verdict {
    const answers = new Map<string, string>();
    for (const { task_id, state } of reconciled) answers.set(task_id.value, state);
    const tasks = [...this.#tasks];
    return {
      running: this.#running,
      repeats: this.#repeats,
      faults: [
        ...faultsOf(
          'never ran',
          tasks.filter(([, heard]) => heard.running === 0).map(([id]) => id),
        ),
        ...faultsOf(
          'ran twice',
          tasks.filter(([, heard]) => heard.running > 1).map(([id]) => id),
        ),
        ...faultsOf(
          'ended or was lost',
          tasks.filter(([, heard]) => heard.ended > 0).map(([id]) => id),
        ),
        ...faultsOf('was not launched by us', this.#strangers),
        ...faultsOf(
          'is not running in the eyes of the master',
          tasks.map(([id]) => id).filter((id) => answers.get(id) !== 'TASK_RUNNING'),
        ),
      ],
    };
  }
}

function faultsOf(what: string, ids: readonly string[]): readonly string[] {
  const shown = ids.slice(0, FAULTS_MAX).map((id) => `task ${id} ${what}`);
  return ids.length <= FAULTS_MAX ? shown : [...shown, `... and ${ids.length - FAULTS_MAX} more like it`];
}

/** The middle of an odd number of figures, the mean of the two middle ones of an even number; 0 of none. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
