import { AUDIT_MAX } from '../model/tables.js';
import { isActive, TASK_STATES, type Task, type TaskState } from '../model/task.js';
import { jobFilter } from './glob-core.js';
import type { Handlers } from './call.js';
import { page, whole } from './page.js';
import { quotaView } from './quota-core.js';
import { Refused } from './refused.js';
import { pendingView, taskView } from './views-core.js';

/** Entries of the audit log when the request gives no `limit`. */
const AUDIT_LIMIT_DEFAULT = 100;

export const taskHandlers: Handlers<'tasks' | 'task' | 'pending' | 'audit' | 'quota'> = {
  tasks: ({ query, context }) => {
    const passes = jobFilter(query);
    const states = query.state === undefined ? null : readStates(query.state);
    const { agent } = query;
    const wanted = (task: Task): boolean =>
      (passes === null || passes(task.job)) &&
      (states === null || states.has(task.state)) &&
      (agent === undefined || task.placement?.agentId === agent || task.placement?.host === agent) &&
      (query.active === undefined || isActive(task) === (query.active === 'true'));
    const tasks: Task[] = [];
    for (const task of context.state.tasks()) if (wanted(task)) tasks.push(task);
    return page(tasks.sort(inOrder), query, (task) => taskView(task, context));
  },

  task: ({ params, context }) => {
    const task = context.state.task(params.id);
    if (task === undefined) throw new Refused('not-found', `there is no task ${params.id}`);
    return taskView(task, context);
  },

  pending: ({ backend, context }) => whole(backend.waiting().map((group) => pendingView(group, context))),

  audit: ({ query, context }) => {
    const { limit = AUDIT_LIMIT_DEFAULT, before } = query;
    if (before !== undefined && !/^\d{1,16}$/.test(before))
      throw new Refused(
        'bad-request',
        `the query's before: ${JSON.stringify(before)} is not the id of an entry, 1 to 16 digits`,
      );
    const id = before?.padStart(16, '0');
    const items = context.state.audit(limit, id).map((entry) => ({ ...entry }));
    return { items, total: context.state.audit(AUDIT_MAX).length };
  },

  quota: ({ params, context }) => quotaView(params.role, context.state),
};

function readStates(text: string): ReadonlySet<TaskState> {
  const states = new Set(text.split(','));
  const wrong = [...states].find((state) => !TASK_STATES.some((known) => known === state));
  if (wrong === undefined) return states as ReadonlySet<TaskState>;
  throw new Refused(
    'bad-request',
    `the query's state: ${JSON.stringify(wrong)} is not a state; allowed are ${TASK_STATES.join(', ')}`,
  );
}

/** By job and instance, the newest run first. */
function inOrder(a: Task, b: Task): number {
  if (a.job !== b.job) return a.job < b.job ? -1 : 1;
  return a.instance - b.instance || (b.events.at(-1)?.at ?? 0) - (a.events.at(-1)?.at ?? 0);
}
