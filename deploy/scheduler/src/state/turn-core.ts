import type { TaskConfig } from '../model/config.js';
import { TERMINAL, type Task, type TaskState } from '../model/task.js';
import { dueAt, DueHeap, KillTimers } from './due-core.js';
import { FLAP, followUps, isLegal, KILL_STATES } from './machine-core.js';
import type { Action, FlapPolicy, MachineState } from './machine-core.js';
import type { DecisionContext, Effect, Tx } from './port.js';
import { hasBeen, replacementOf, withEvent } from './task-core.js';

/** What decisions remember beside the state. All of it follows from the state again after a restart. */
export interface Memory {
  readonly due: DueHeap;
  readonly kills: KillTimers;
  /** How flapping is punished: the one thing here that is given. */
  readonly flap: FlapPolicy;
  /** Tasks that were said to be alive since the last connection of the engine: of others, the end may just not be known yet. */
  readonly heard: Set<string>;
  /** Agents that offered something, or whose tasks were said to be alive, since then. */
  readonly seen: Set<string>;
  /** When those that were not are looked for, ms since 1970; null: they have been. */
  unseenAt: number | null;
  /** Until when time-outs of tasks that have an agent rest, ms since 1970. */
  restUntil: number;
  illegalTransitions: number;
}

export function createMemory(flap: FlapPolicy = FLAP): Memory {
  const [heard, seen] = [new Set<string>(), new Set<string>()];
  const times = { unseenAt: null, restUntil: 0 };
  return { due: new DueHeap(), kills: new KillTimers(), flap, heard, seen, ...times, illegalTransitions: 0 };
}

export interface Why {
  readonly message: string | null;
  /** The person behind it. */
  readonly by?: string;
}

/** One decision under way: the transaction, the time, and the effects so far. */
export class Turn {
  readonly tx: Tx;
  readonly now: number;
  readonly effects: Effect[] = [];
  readonly memory: Memory;
  readonly #newUuid: () => string;

  constructor(tx: Tx, context: DecisionContext, memory: Memory) {
    this.tx = tx;
    this.now = context.now;
    this.memory = memory;
    this.#newUuid = context.newUuid;
  }

  newUuid(): string {
    return this.#newUuid();
  }

  /**
   * Moves a task to a state, with all that follows. False when the table refuses it: nothing has changed then, and it is counted. The
   * state that the task is in already is no transition.
   */
  move(taskId: string, to: MachineState, why: Why): boolean {
    const task = this.tx.task(taskId);
    if (task?.state === to) return false;
    if (task === undefined || !isLegal(task.state, to)) {
      this.memory.illegalTransitions += 1;
      return false;
    }
    const { service, maxTaskFailures } = this.config(task);
    const wasKilling = hasBeen(task, 'KILLING');
    const facts = { service, maxTaskFailures, failureCount: task.failureCount, wasKilling };
    for (const action of followUps(task.state, to, facts)) this.#perform(action, taskId, to, why);
    return true;
  }

  /** Writes a task in a new state, and remembers when it is to be looked at again; where a kill follows, the kill does that. */
  write(task: Task): void {
    this.tx.put('tasks', task.id, task);
    this.memory.kills.forget(task.id);
    if (TERMINAL.has(task.state)) this.memory.heard.delete(task.id);
    if (!KILL_STATES.has(task.state)) this.schedule(task);
  }

  schedule(task: Task): void {
    const at = dueAt(task, this.config(task), this.memory.kills, this.memory.restUntil);
    if (at !== null) this.memory.due.push({ at, kind: 'task', id: task.id });
  }

  /** Asks the engine to kill it; again and again while it is in a state of KILL_STATES. */
  kill(task: Task): void {
    const { killGraceMs } = this.config(task);
    this.effects.push({
      kind: 'kill',
      taskId: task.id,
      agentId: task.placement?.agentId ?? null,
      graceMs: killGraceMs,
    });
    if (!KILL_STATES.has(task.state)) return;
    this.memory.kills.sent(task.id, this.now);
    this.schedule(task);
  }

  /** @throws Error when the record is missing: no config goes while a task refers to it. */
  config(task: Task): TaskConfig {
    const config = this.tx.config(task.configId);
    if (config === undefined) throw new Error(`task ${task.id}: its config ${task.configId} is missing`);
    return config;
  }

  #perform(action: Action, taskId: string, to: MachineState, why: Why): void {
    // Again for each action: the one before may have changed it.
    const task = this.tx.task(taskId);
    if (task === undefined) return;
    switch (action) {
      case 'count-failure':
        this.tx.put('tasks', taskId, { ...task, failureCount: task.failureCount + 1 });
        return;
      case 'save':
        this.write(withEvent(task, this.#event(to as TaskState, why)));
        return;
      case 'reschedule':
        this.write(replacementOf(task, this.config(task), this.#newUuid(), this.now, this.memory.flap));
        return;
      case 'to-lost':
        this.move(taskId, 'LOST', { message: 'Its agent cannot be reached, and it was not to go on' });
        return;
      case 'kill':
        this.kill(task);
        return;
      case 'delete':
        this.tx.delete('tasks', taskId);
        this.memory.kills.forget(taskId);
    }
  }

  #event(state: TaskState, { message, by }: Why): Task['events'][number] {
    return { at: this.now, state, message, by: by ?? null };
  }
}
