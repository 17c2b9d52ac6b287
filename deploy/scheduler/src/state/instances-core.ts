import type { Task } from '../model/task.js';
import {
  done,
  INSTANCES_MAX,
  makeTasks,
  noInstances,
  overLimit,
  ranges,
  refuse,
  select,
  sentence,
} from './commands-core.js';
import type { CommandTurn, Of, Result } from './commands-core.js';
import { KILL_STATES } from './machine-core.js';

export function kill(command: CommandTurn, { job, instances }: Of<'kill'>): Result {
  const selected = select(command.turn, job, instances);
  if (!selected.ok) return selected;
  return killTasks(command, job, selected.tasks, 'Killed');
}

/** Those without an agent are gone at once; those that are being killed already are left to it. */
function killTasks(command: CommandTurn, job: string, tasks: readonly Task[], message: string): Result {
  const { turn, actor } = command;
  const [waiting, running] = parted(tasks, ({ placement }) => placement === null);
  const [ending, killed] = parted(running, ({ state }) => state === 'KILLING');
  for (const { id } of [...waiting, ...killed]) turn.move(id, 'KILLING', { message, by: actor.name });
  const texts = [
    ...told(killed, job, 'being killed'),
    ...told(waiting, job, 'gone, never having started'),
    ...told(ending, job, 'being killed already'),
  ];
  return done(texts.join('; '), numbersOf([...waiting, ...killed]));
}

/** Those that wait for an agent have nothing to restart, and those that are ending do so already. */
export function restart({ turn, actor }: CommandTurn, { job, instances }: Of<'restart'>): Result {
  const selected = select(turn, job, instances);
  if (!selected.ok) return selected;
  const [waiting, placed] = parted(selected.tasks, ({ placement }) => placement === null);
  const [ending, restarted] = parted(placed, ({ state }) => KILL_STATES.has(state));
  for (const { id } of restarted) turn.move(id, 'RESTARTING', { message: 'Restarted', by: actor.name });
  const texts = [
    ...told(restarted, job, 'restarting'),
    ...told(waiting, job, 'left alone: pending anyway'),
    ...told(ending, job, 'left alone: ending already'),
  ];
  return done(texts.join('; '), numbersOf(restarted));
}

/** Clones of the lowest instance at the lowest free numbers, or kills the highest. What is being killed does not count. */
export function scale(command: CommandTurn, { job, instances: wanted }: Of<'scale'>): Result {
  const { tx } = command.turn;
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    return refuse('bad-request', `instances: ${wanted} is not 1 or more; to have none, kill the job`);
  }
  const active = tx.activeOfJob(job);
  const staying = active.filter(({ state }) => state !== 'KILLING');
  const [lowest] = staying;
  if (lowest === undefined) return noInstances(job);
  if (wanted === staying.length) return done(`nothing to do: ${sentence(wanted, job, 'active')}`, []);
  if (wanted < staying.length) return killTasks(command, job, staying.slice(wanted), `Scaled to ${wanted}`);
  // Numbers of those that are being killed are taken until they are gone.
  if (wanted + active.length - staying.length > INSTANCES_MAX) return overLimit(job, wanted);
  const added = freeNumbers(active, wanted - staying.length);
  makeTasks(
    command,
    command.turn.config(lowest),
    added,
    `Scaled to ${wanted}, like instance ${lowest.instance}`,
  );
  return done(`${sentence(added.length, job, 'pending')}: ${ranges(added)}`, added);
}

function freeNumbers(active: readonly Task[], count: number): readonly number[] {
  const taken = new Set(numbersOf(active));
  const free: number[] = [];
  for (let number = 0; free.length < count; number += 1) if (!taken.has(number)) free.push(number);
  return free;
}

function told(tasks: readonly Task[], job: string, what: string): readonly string[] {
  return tasks.length === 0 ? [] : [sentence(tasks.length, job, what)];
}

function numbersOf(tasks: readonly Task[]): readonly number[] {
  return tasks.map(({ instance }) => instance);
}

function parted<T>(all: readonly T[], test: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
