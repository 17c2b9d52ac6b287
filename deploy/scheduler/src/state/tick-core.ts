import { AUDIT_MAX } from '../model/tables.js';
import { TERMINAL } from '../model/task.js';
import type { Task } from '../model/task.js';
import { checkLostAgent, loseUnseen } from './agents-core.js';
import { HISTORY_MIN_MS, HISTORY_MS, HISTORY_PER_JOB_MAX, timeoutAt } from './due-core.js';
import type { Due } from './due-core.js';
import { KILL_STATES } from './machine-core.js';
import { since } from './task-core.js';
import type { Turn } from './turn-core.js';

/** One tick looks at so many tasks at most; the rest waits for the next one. */
export const TICK_TASKS_MAX = 1000;

/** Does what is due. When it throws, nothing of it is forgotten. */
export function tick(turn: Turn): void {
  const taken: Due[] = [];
  try {
    const jobs = new Set<string>();
    for (let left = TICK_TASKS_MAX; left > 0;) {
      const due = turn.memory.due.pop(turn.now);
      if (due === undefined) break;
      taken.push(due);
      left -= due.kind === 'task' ? lookAt(turn, due.id, jobs) : 1 + checkLostAgent(turn, due.id, left);
    }
    for (const job of jobs) trimHistory(turn, job);
    loseUnseen(turn);
    dropUnused(turn);
  } catch (error) {
    for (const due of taken) turn.memory.due.push(due);
    throw error;
  }
}

/** Returns what it cost. */
function lookAt(turn: Turn, taskId: string, jobs: Set<string>): number {
  const task = turn.tx.task(taskId);
  if (task === undefined) return 1;
  if (TERMINAL.has(task.state)) lookAtEnded(turn, task, jobs);
  else if (!isOver(turn, task)) {
    if (KILL_STATES.has(task.state) && turn.memory.kills.resendAt(taskId) <= turn.now) turn.kill(task);
    else turn.schedule(task);
  } else if (task.state === 'THROTTLED') turn.move(taskId, 'PENDING', { message: 'Held back long enough' });
  else turn.move(taskId, 'LOST', { message: overdue(turn, task) });
  return 1;
}

function isOver(turn: Turn, task: Task): boolean {
  const at = timeoutAt(task, turn.config(task), turn.memory.restUntil);
  return at !== null && at <= turn.now;
}

function overdue(turn: Turn, task: Task): string {
  const seconds = Math.round((turn.now - since(task)) / 1000);
  if (task.state === 'PARTITIONED') return `Its agent could not be reached for ${seconds} s`;
  return `No word of it for ${seconds} s in ${task.state}`;
}

/** First looked at when it may be removed for want of room, then when its time is over. */
function lookAtEnded(turn: Turn, task: Task, jobs: Set<string>): void {
  const end = since(task);
  if (turn.now >= end + HISTORY_MS) {
    turn.tx.delete('tasks', task.id);
    return;
  }
  const at = turn.now < end + HISTORY_MIN_MS ? end + HISTORY_MIN_MS : end + HISTORY_MS;
  turn.memory.due.push({ at, kind: 'task', id: task.id });
  if (turn.now >= end + HISTORY_MIN_MS) jobs.add(task.job);
}

/** Removes the oldest ended tasks of a job beyond HISTORY_PER_JOB_MAX, none that ended less than HISTORY_MIN_MS ago. */
function trimHistory(turn: Turn, job: string): void {
  const ended = turn.tx
    .tasksOfJob(job)
    .filter(({ state }) => TERMINAL.has(state))
    .sort((a, b) => since(a) - since(b));
  const surplus = ended
    .slice(0, Math.max(0, ended.length - HISTORY_PER_JOB_MAX))
    .filter((task) => turn.now >= since(task) + HISTORY_MIN_MS);
  for (const { id } of surplus.slice(0, TICK_TASKS_MAX)) turn.tx.delete('tasks', id);
  const next = surplus[TICK_TASKS_MAX];
  if (next !== undefined) turn.memory.due.push({ at: turn.now, kind: 'task', id: next.id });
}

function dropUnused({ tx }: Turn): void {
  for (const id of [...tx.unusedConfigs()].slice(0, TICK_TASKS_MAX)) tx.delete('configs', id);
  const surplus = Math.min(tx.auditCount - AUDIT_MAX, TICK_TASKS_MAX);
  if (surplus <= 0) return;
  for (const { id } of tx.audit(tx.auditCount).slice(-surplus)) tx.delete('audit', id);
}
