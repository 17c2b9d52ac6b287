import { formatInstances } from '@murmur/job-config';
import type { ErrorCode } from '@murmur/scheduler-api';
import type { StoredConfig, TaskConfig } from '../model/config.js';
import type { Task } from '../model/task.js';
import type { Hash } from './config-core.js';
import type { Actor, Command, CommandContext, Outcome } from './port.js';
import { newTask } from './task-core.js';
import type { Turn } from './turn-core.js';

/** More instances than this one job does not have. */
export const INSTANCES_MAX = 4000;

export interface CommandOptions {
  readonly hash: Hash;
  /** The name of this cluster: jobs for another are refused. Left out: any. */
  readonly cluster?: string;
  /** Whether jobs may ask for GPUs. */
  readonly allowGpu?: boolean;
}

/** A command that is carried out: the turn, who wants it, and what it may. */
export interface CommandTurn {
  readonly turn: Turn;
  readonly actor: Actor;
  readonly options: CommandOptions;
  readonly neverFits: CommandContext['neverFits'];
}

/** What a command came to; its effects are in the turn. */
export type Result = Omit<Extract<Outcome, { readonly ok: true }>, 'effects'> | Refused;
export type Refused = Extract<Outcome, { readonly ok: false }>;
export type Of<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

export function done(text: string, instances: readonly number[]): Result {
  return { ok: true, text, instances: sorted(instances) };
}

export function refuse(code: ErrorCode, message: string): Refused {
  return { ok: false, code, message };
}

/** `1 instance of www/prod/web is pending`, `3 instances of ... are pending`. */
export function sentence(count: number, job: string, what: string): string {
  return `${count} ${count === 1 ? 'instance' : 'instances'} of ${job} ${count === 1 ? 'is' : 'are'} ${what}`;
}

/** `0-2,5`. */
export function ranges(instances: readonly number[]): string {
  const all: { first: number; last: number }[] = [];
  for (const instance of sorted(instances)) {
    const last = all.at(-1);
    if (last?.last === instance - 1) last.last = instance;
    else all.push({ first: instance, last: instance });
  }
  return formatInstances(all);
}

function sorted(instances: readonly number[]): readonly number[] {
  return [...instances].sort((a, b) => a - b);
}

export function noInstances(job: string): Refused {
  return refuse('not-found', `${job} has no active instances`);
}

export function overLimit(job: string, wanted: number): Refused {
  const message = `${job} would have ${wanted} instances; a job has at most ${INSTANCES_MAX}`;
  return refuse('limit-exceeded', message);
}

export interface Selected {
  readonly ok: true;
  readonly tasks: readonly Task[];
}

/** The active tasks of a job that are named, or all; refuses when there are none, or one that is named is not there. */
export function select({ tx }: Turn, job: string, instances: readonly number[] | null): Selected | Refused {
  const active = tx.activeOfJob(job);
  if (active.length === 0) return noInstances(job);
  if (instances === null) return { ok: true, tasks: active };
  if (instances.length === 0) return refuse('bad-request', 'instances: none is named; leave it out for all');
  const there = new Map(active.map((task) => [task.instance, task] as const));
  const missing = [...new Set(instances)].filter((instance) => !there.has(instance));
  if (missing.length > 0) {
    const one = missing.length === 1;
    return refuse('not-found', `${job} has no active ${one ? 'instance' : 'instances'} ${ranges(missing)}`);
  }
  const named = new Set(instances);
  return { ok: true, tasks: active.filter(({ instance }) => named.has(instance)) };
}

/** Makes PENDING tasks of a config at these numbers. */
export function makeTasks(
  { turn, actor }: CommandTurn,
  config: StoredConfig & Pick<TaskConfig, 'jobKey'>,
  instances: readonly number[],
  message: string,
): void {
  if (turn.tx.config(config.id) === undefined) {
    turn.tx.put('configs', config.id, { id: config.id, job: config.job });
  }
  for (const instance of instances) {
    const uuid = turn.newUuid();
    const by = actor.name;
    turn.write(newTask({ instance, config, jobKey: config.jobKey, uuid, now: turn.now, message, by }));
  }
}
