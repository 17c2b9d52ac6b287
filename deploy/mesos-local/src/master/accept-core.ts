import type {
  ExecutorInfo,
  OfferOperation,
  SchedulerCallAccept,
  TaskInfo,
  TaskStatusReason,
} from '@murmur/engine';
import { recoverResources } from '../allocator/index.js';
import { EMPTY, add, bundleOf, subtract, type Bundle } from '../resources/index.js';
import { completed } from './completed-core.js';
import { addExecutor } from './executors-core.js';
import { hasExecutor, validateGroup, validateTask, type Launch } from './launch-core.js';
import { checkOffers } from './offer-list-core.js';
import { discardOffer, takeOffer } from './offers-core.js';
import { applyReservation, dropOperation } from './operations-core.js';
import type { Agent, Framework, TaskRecord } from './state.js';
import { addTask, refuseTask, stateFor } from './statuses-core.js';
import { count, log, sendMessage, type Turn } from './turn-core.js';

/** What an ACCEPT works on while its operations are taken in order. */
interface Acceptance {
  readonly framework: Framework;
  readonly agent: Agent;
  readonly role: string;
  /** What of the offers is not used yet, after conversions. */
  remaining: Bundle;
}

/**
 * ACCEPT: operations in order on what its offers give; what is left goes back with the call's filter. Bad offers, tasks and
 * operations are answered with updates, never with a status code.
 */
export function accept(turn: Turn, framework: Framework, call: SchedulerCallAccept): void {
  const ids = (call.offer_ids ?? []).map((id) => id.value);
  const operations = call.operations ?? [];
  countMessages(turn, operations);
  const offers = checkOffers(turn, framework, ids);
  if (typeof offers === 'string') {
    refuseAll(turn, framework, ids, operations, offers);
    return;
  }
  const [first] = offers;
  const agent = first === undefined ? undefined : turn.state.agents.get(first.agentId);
  if (first === undefined || agent?.connected !== true) {
    refuseAbsent(turn, framework, ids, operations, agent);
    return;
  }
  let offered = EMPTY;
  for (const id of ids) offered = add(offered, takeOffer(turn, id)?.resources ?? EMPTY);
  count(framework.counters, 'offers/accepted', ids.length);
  const acceptance: Acceptance = { framework, agent, role: first.role, remaining: offered };
  const omitted = { role: first.role, frameworkId: framework.id };
  for (const operation of operations) perform(turn, acceptance, completed(operation, omitted));
  giveBack(turn, acceptance, offered, call);
}

/**
 * What is left is a refusal, but what operations just made (reserved or unreserved it) is not: the framework wants to see that
 * again.
 */
function giveBack(turn: Turn, a: Acceptance, offered: Bundle, call: SchedulerCallAccept): void {
  const common = { frameworkId: a.framework.id, agentId: a.agent.id };
  const converted = subtract(a.remaining, offered);
  const refused = subtract(a.remaining, converted);
  recoverResources(turn.allocator, { ...common, resources: converted, filters: null }, turn.now);
  recoverResources(turn.allocator, { ...common, resources: refused, filters: call.filters ?? {} }, turn.now);
  if (converted.length > 0) turn.effects.push({ type: 'ALLOCATE', agentId: a.agent.id });
}

function countMessages(turn: Turn, operations: readonly OfferOperation[]): void {
  for (const { type, launch } of operations) {
    if (type !== 'LAUNCH') continue;
    const some = (launch?.task_infos ?? []).length > 0;
    count(turn.state.counters, some ? 'master/messages_launch_tasks' : 'master/messages_decline_offers');
  }
}

function tasksOf(operation: OfferOperation): readonly TaskInfo[] | null {
  if (operation.type === 'LAUNCH') return operation.launch?.task_infos ?? [];
  if (operation.type === 'LAUNCH_GROUP') return operation.launch_group?.task_group.tasks ?? [];
  return null;
}

/** Offers of the list that are valid go back; each task is dropped, each operation that asks for an answer errs. */
function refuseAll(
  turn: Turn,
  framework: Framework,
  ids: readonly string[],
  operations: readonly OfferOperation[],
  error: string,
): void {
  log(turn, 'warn', { framework: framework.id, offers: ids, why: error }, 'ACCEPT with invalid offers');
  for (const id of ids) {
    // Somebody else's offer stays theirs.
    if (turn.state.offers.get(id)?.frameworkId === framework.id) discardOffer(turn, id, {});
  }
  for (const operation of operations) {
    const tasks = tasksOf(operation);
    if (tasks === null) {
      dropOperation(turn, framework, operation, `Operation attempted with invalid offers: ${error}`);
      continue;
    }
    const message = `Task launched with invalid offers: ${error}`;
    for (const task of tasks) refuseDropped(turn, framework, task, 'REASON_INVALID_OFFERS', message);
  }
}

/** The agent went away between offer and ACCEPT. */
function refuseAbsent(
  turn: Turn,
  framework: Framework,
  ids: readonly string[],
  operations: readonly OfferOperation[],
  agent: Agent | undefined,
): void {
  for (const task of operations.flatMap((operation) => tasksOf(operation) ?? [])) {
    if (agent === undefined) refuseDropped(turn, framework, task, 'REASON_AGENT_REMOVED', 'Agent removed');
    else refuseDropped(turn, framework, task, 'REASON_AGENT_DISCONNECTED', 'Agent disconnected');
  }
  for (const id of ids) discardOffer(turn, id, null);
}

function refuseDropped(
  turn: Turn,
  framework: Framework,
  task: TaskInfo,
  reason: TaskStatusReason,
  message: string,
): void {
  refuseTask(turn, framework, {
    taskId: task.task_id.value,
    agentId: task.agent_id.value,
    state: stateFor(framework, 'TASK_DROPPED'),
    reason,
    message,
  });
}

function perform(turn: Turn, a: Acceptance, operation: OfferOperation): void {
  const { framework } = a;
  if (operation.type === undefined || operation.type === 'UNKNOWN') return;
  count(framework.counters, 'operations');
  count(framework.counters, `operations/${operation.type.toLowerCase()}`);
  if (operation.type === 'LAUNCH') launch(turn, a, operation);
  else if (operation.type === 'LAUNCH_GROUP') launchGroup(turn, a, operation);
  else if (operation.type === 'RESERVE' || operation.type === 'UNRESERVE') {
    a.remaining = applyReservation(turn, framework, a.agent, operation, a.remaining);
  } else
    dropOperation(turn, framework, operation, `${operation.type} is not supported on agent ${a.agent.id}`);
}

function launch(turn: Turn, a: Acceptance, operation: OfferOperation): void {
  const { framework } = a;
  for (const task of operation.launch?.task_infos ?? []) {
    const error =
      operation.id === undefined
        ? validateTask(task, launchOf(a))
        : 'The `id` field cannot be set on LAUNCH operations';
    if (error !== null) {
      refuseInvalid(turn, framework, task, 'REASON_TASK_INVALID', error);
      continue;
    }
    if (task.executor !== undefined) start(a, task.executor);
    addTaskOf(turn, a, task, task.executor);
    sendMessage(turn, a.agent, {
      type: 'RUN',
      framework_info: framework.info,
      framework_id: { value: framework.id },
      ...(task.executor === undefined ? {} : { executor: task.executor }),
      tasks: [task],
      group: false,
    });
  }
}

function launchGroup(turn: Turn, a: Acceptance, operation: OfferOperation): void {
  const { framework } = a;
  const group = operation.launch_group;
  if (group === undefined) return;
  const tasks = group.task_group.tasks ?? [];
  const error =
    operation.id === undefined
      ? validateGroup(tasks, group.executor, launchOf(a))
      : 'The `id` field cannot be set on LAUNCH_GROUP operations';
  if (error !== null) {
    for (const task of tasks) refuseInvalid(turn, framework, task, 'REASON_TASK_GROUP_INVALID', error);
    return;
  }
  start(a, group.executor);
  for (const task of tasks) addTaskOf(turn, a, task, group.executor);
  sendMessage(turn, a.agent, {
    type: 'RUN',
    framework_info: framework.info,
    framework_id: { value: framework.id },
    executor: group.executor,
    tasks,
    group: true,
  });
}

function launchOf(a: Acceptance): Launch {
  return { framework: a.framework, agent: a.agent, available: a.remaining };
}

function refuseInvalid(
  turn: Turn,
  framework: Framework,
  task: TaskInfo,
  reason: TaskStatusReason,
  message: string,
): void {
  refuseTask(turn, framework, {
    taskId: task.task_id.value,
    agentId: task.agent_id.value,
    state: 'TASK_ERROR',
    reason,
    message,
  });
}

/** An executor that is not on the agent yet takes its resources; one that is only gets another task. */
function start(a: Acceptance, executor: ExecutorInfo): void {
  if (hasExecutor(launchOf(a), executor)) return;
  addExecutor(a.framework, a.agent, executor);
  a.remaining = subtract(a.remaining, bundleOf(executor.resources));
}

function addTaskOf(turn: Turn, a: Acceptance, task: TaskInfo, executor: ExecutorInfo | undefined): void {
  const { framework, agent } = a;
  a.remaining = subtract(a.remaining, bundleOf(task.resources));
  const user = task.command?.user ?? executor?.command?.user;
  const record: TaskRecord = {
    name: task.name,
    task_id: task.task_id,
    framework_id: { value: framework.id },
    ...(executor === undefined ? {} : { executor_id: executor.executor_id }),
    agent_id: task.agent_id,
    state: 'TASK_STAGING',
    ...(task.resources === undefined ? {} : { resources: task.resources }),
    statuses: [],
    ...(task.labels === undefined ? {} : { labels: task.labels }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
    ...(task.container === undefined ? {} : { container: task.container }),
    ...(task.health_check === undefined ? {} : { health_check: task.health_check }),
    ...(task.kill_policy === undefined ? {} : { kill_policy: task.kill_policy }),
    ...(user === undefined ? {} : { user }),
    ...(task.limits === undefined ? {} : { limits: task.limits }),
  };
  addTask(turn, framework, agent, record);
}
