import { instanceText } from '@murmur/job-config';
import { jobKeyOf } from '../state/config-core.js';
import { taskConfigOf } from '../state/config.js';
import { isActive, type Task } from '../model/task.js';
import { diffJob, type DiffGroup } from './diff-core.js';
import { jobFilter } from './glob-core.js';
import type { Call, Handlers } from './call.js';
import { instanceList, instanceParam, jobOf } from './input.js';
import { page } from './page.js';
import { Refused } from './refused.js';
import { jobSummaryView, keyView, taskView, type ViewContext } from './views-core.js';
import { whySentence } from './why-core.js';

/** Ended tasks that a job's answer shows at most, beside its active ones. */
export const JOB_TASKS_MAX = 200;

type JobParams = Readonly<Record<'role' | 'environment' | 'name', string>>;

export function keyOfParams({ role, environment, name }: JobParams): string {
  return `${role}/${environment}/${name}`;
}

/** The job's tasks; a Refused when nothing is known of it. */
export function tasksOf(job: string, { state, cluster }: ViewContext): readonly Task[] {
  const tasks = state.tasksOfJob(job);
  if (tasks.length === 0) throw new Refused('not-found', `there is no job ${cluster}/${job}`);
  return tasks;
}

export const jobHandlers: Handlers<'jobs' | 'job' | 'instance' | 'why' | 'diff'> = {
  jobs: ({ query, context }) => {
    const passes = jobFilter(query);
    const { state } = context;
    const keys = state.jobs().filter((job) => {
      if (passes?.(job) === false) return false;
      return query.active === undefined || state.activeOfJob(job).length > 0 === (query.active === 'true');
    });
    const { items, total } = page(keys, query, (job) => jobSummaryView(job, context));
    return { items: items.filter((item) => item !== null), total };
  },

  job: ({ params, context }) => {
    const key = keyOfParams(params);
    const tasks = tasksOf(key, context);
    const summary = jobSummaryView(key, context);
    if (summary === null) throw new Refused('not-found', `there is no job ${context.cluster}/${key}`);
    const active = tasks.filter(isActive);
    const ended = tasks.filter((task) => !isActive(task)).sort(newestFirst);
    return {
      ...summary,
      groups: groupsOf(active, context),
      tasks: [...active, ...ended.slice(0, JOB_TASKS_MAX)].map((task) => taskView(task, context)),
    };
  },

  instance: ({ params, context }) => {
    const key = keyOfParams(params);
    const instance = instanceParam(params.instance);
    const runs = tasksOf(key, context).filter((task) => task.instance === instance);
    if (runs.length === 0)
      throw new Refused('not-found', `there is no instance ${instance} of ${context.cluster}/${key}`);
    const active = runs.find(isActive);
    return {
      job: keyView(context.cluster, key),
      instance,
      active: active === undefined ? null : taskView(active, context),
      history: runs
        .filter((task) => !isActive(task))
        .sort(newestFirst)
        .map((task) => taskView(task, context)),
    };
  },

  why: ({ params, context }) => {
    const { state, cluster, now, waitingOf } = context;
    const key = keyOfParams(params);
    const instance = instanceParam(params.instance);
    const ended = state.tasksOfJob(key).filter((task) => task.instance === instance);
    const task = state.activeInstance(key, instance) ?? [...ended].sort(newestFirst)[0] ?? null;
    const agentId = task !== null && isActive(task) ? task.placement?.agentId : undefined;
    const agentLost = agentId !== undefined && (state.agent(agentId)?.lostAt ?? null) !== null;
    const waiting = task === null ? null : waitingOf(task.id);
    return {
      job: keyView(cluster, key),
      instance,
      state: task?.state ?? null,
      sentence: whySentence({ key: `${key}/${instance}`, task, waiting, agentLost, now }),
    };
  },

  diff: ({ params, body, context }) => diffView(params, body, context),
};

function diffView(params: JobParams, body: Call<'diff'>['body'], { state, cluster }: ViewContext) {
  const key = keyOfParams(params);
  const job = jobOf(body.job, cluster);
  if (jobKeyOf(job) !== key)
    throw new Refused('bad-request', `the body's job is ${jobKeyOf(job)}, the path's is ${key}`);
  const only = instanceList(body.instances);
  const { id, job: config } = taskConfigOf(job);
  const { same, ...groups } = diffJob({
    configId: id,
    config,
    count: job.instances,
    only: only === null ? null : new Set(only),
    tasks: state.activeOfJob(key),
    configOf: (configId) => state.config(configId)?.job ?? null,
  });
  return { job: keyView(cluster, key), same, ...(groups satisfies Record<string, DiffGroup[]>) };
}

function groupsOf(active: readonly Task[], { state }: ViewContext) {
  const byConfig = new Map<string, number[]>();
  for (const { configId, instance } of active)
    byConfig.set(configId, [...(byConfig.get(configId) ?? []), instance]);
  return [...byConfig].map(([configId, instances]) => ({
    configId,
    instances: instanceText(instances),
    count: instances.length,
    job: { ...state.config(configId)?.job },
  }));
}

export function newestFirst(a: Task, b: Task): number {
  return (b.events.at(-1)?.at ?? 0) - (a.events.at(-1)?.at ?? 0);
}
