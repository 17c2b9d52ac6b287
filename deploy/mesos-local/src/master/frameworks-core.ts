import type { FrameworkInfo, FrameworkInfoCapabilityType, SchedulerCallSubscribe } from '@murmur/engine';
import { activateFramework, deactivateFramework, removeFramework as unallocate } from '../allocator/index.js';
import { allocateTo } from './allocation-core.js';
import {
  rolesOf,
  validateFrameworkInfo,
  validateInfoUpdate,
  validateSuppressed,
} from './framework-info-core.js';
import { frameworkIdOf } from './ids-core.js';
import { dropInverseOffersOf } from './inverse-core.js';
import { discardOffer, rescindOffer } from './offers-core.js';
import { COMPLETED_FRAMEWORKS_MAX, type Framework } from './state.js';
import { FRAMEWORK_STEPS, type FrameworkInput, type FrameworkPhase } from './states-core.js';
import { removeExecutor } from './executors-core.js';
import { complete, masterStatus, removeTask, updateTask } from './statuses-core.js';
import { count, log, sendEvent, sendMessage, tellOperator, type Turn } from './turn-core.js';

/** Seconds a framework that only agents told of has to subscribe, if its own failover time-out is shorter. */
const RECOVERED_TIMEOUT_MIN_S = 600;

/** Where a framework is in its life. */
export function frameworkPhase(turn: Turn, frameworkId: string): FrameworkPhase {
  const framework = turn.state.frameworks.get(frameworkId);
  if (framework === undefined) {
    return turn.state.completedFrameworks.has(frameworkId) ? 'REMOVED' : 'UNKNOWN';
  }
  if (framework.recovered) return 'RECOVERED';
  return framework.connected ? 'CONNECTED' : 'DISCONNECTED';
}

function step(turn: Turn, frameworkId: string, input: FrameworkInput): FrameworkPhase | null {
  return FRAMEWORK_STEPS[frameworkPhase(turn, frameworkId)][input];
}

/** Makes a framework that is not connected yet. `info` has its id. */
function makeFramework(turn: Turn, info: FrameworkInfo, id: string): Framework {
  return {
    id,
    info,
    roles: rolesOf(info),
    capabilities: capabilitiesOf(info),
    suppressedRoles: new Set(),
    connected: false,
    active: false,
    recovered: true,
    registeredAt: turn.now,
    reregisteredAt: null,
    unregisteredAt: null,
    failoverDeadline: null,
    streamId: null,
    principal: info.principal ?? null,
    nextHeartbeatAt: Infinity,
    tasks: new Map(),
    unreachableTasks: new Map(),
    completedTasks: [],
    executors: new Map(),
    offers: new Set(),
    inverseOffers: new Set(),
    counters: new Map(),
  };
}

function capabilitiesOf(info: FrameworkInfo): ReadonlySet<FrameworkInfoCapabilityType> {
  return new Set((info.capabilities ?? []).flatMap(({ type }) => (type === undefined ? [] : [type])));
}

/**
 * SUBSCRIBE on a new stream. A framework that may not subscribe gets one ERROR event and the end. One that is connected
 * already fails over: its old stream is told and ended, its offers go back without a RESCIND.
 */
export function subscribe(turn: Turn, call: SchedulerCallSubscribe, streamId: string): void {
  const given = call.framework_info;
  const known = given.id?.value ?? '';
  const { counters } = turn.state;
  count(
    counters,
    known === '' ? 'master/messages_register_framework' : 'master/messages_reregister_framework',
  );
  const error = whyRefused(turn, call);
  if (error !== null) {
    log(turn, 'warn', { framework: given.name, why: error }, 'subscription refused');
    turn.effects.push({ type: 'EVENT', streamId, event: { type: 'ERROR', error: { message: error } } });
    turn.effects.push({ type: 'END', streamId });
    return;
  }
  const id = known === '' ? frameworkIdOf(turn.state.info.id, turn.state.nextFramework++) : known;
  const before = turn.state.frameworks.get(id);
  const info = { ...given, id: { value: id } };
  const framework = before ?? makeFramework(turn, info, id);
  if (before === undefined) turn.state.frameworks.set(id, framework);
  else takeInfo(turn, framework, keepImmutable(before.info, info));
  framework.suppressedRoles.clear();
  for (const role of call.suppressed_roles ?? []) framework.suppressedRoles.add(role);
  connect(turn, framework, streamId, { isNew: known === '' });
}

function whyRefused(turn: Turn, call: SchedulerCallSubscribe): string | null {
  const info = call.framework_info;
  const id = info.id?.value ?? '';
  const invalid = validateFrameworkInfo(info, turn.config.roles);
  if (invalid !== null) return invalid;
  if (id !== '' && step(turn, id, 'SUBSCRIBE') === null) return 'Framework has been removed';
  const suppressed = validateSuppressed(rolesOf(info), call.suppressed_roles);
  if (suppressed !== null) return suppressed;
  const before = turn.state.frameworks.get(id);
  return before === undefined ? null : validateInfoUpdate(before.info, keepImmutable(before.info, info));
}

/** Changes of user and checkpoint are ignored when a framework comes back. */
function keepImmutable(before: FrameworkInfo, after: FrameworkInfo): FrameworkInfo {
  return { ...after, user: before.user, checkpoint: before.checkpoint ?? false };
}

function connect(turn: Turn, framework: Framework, streamId: string, how: { isNew: boolean }): void {
  const { connected } = framework;
  if (connected) {
    sendEvent(turn, framework, { type: 'ERROR', error: { message: 'Framework failed over' } });
    if (framework.streamId !== null) turn.effects.push({ type: 'END', streamId: framework.streamId });
  }
  for (const id of [...framework.offers]) discardOffer(turn, id, null);
  dropInverseOffersOf(turn, framework);
  framework.streamId = streamId;
  framework.connected = true;
  framework.active = true;
  framework.recovered = false;
  framework.failoverDeadline = null;
  framework.reregisteredAt = turn.now;
  framework.nextHeartbeatAt = turn.now + turn.config.heartbeatIntervalMs;
  allocateTo(turn, framework);
  activateFramework(turn.allocator, framework.id);
  count(framework.counters, 'calls');
  count(framework.counters, 'calls/subscribe');
  sendEvent(turn, framework, {
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: { value: framework.id },
      heartbeat_interval_seconds: turn.config.heartbeatIntervalMs / 1000,
      master_info: turn.state.info,
    },
  });
  sendEvent(turn, framework, { type: 'HEARTBEAT' });
  tellOperator(turn, { type: how.isNew ? 'FRAMEWORK_ADDED' : 'FRAMEWORK_UPDATED', framework });
  if (!how.isNew) tellAgents(turn, framework);
  turn.effects.push({ type: 'ALLOCATE' });
  log(
    turn,
    'info',
    { framework: framework.id, name: framework.info.name, new: how.isNew },
    'framework subscribed',
  );
}

function tellAgents(turn: Turn, framework: Framework): void {
  for (const agent of turn.state.agents.values()) {
    if (!agent.tasks.has(framework.id) && !agent.executors.has(framework.id)) continue;
    sendMessage(turn, agent, { type: 'UPDATE_FRAMEWORK', framework_info: framework.info });
  }
}

function takeInfo(turn: Turn, framework: Framework, info: FrameworkInfo): void {
  framework.info = info;
  framework.capabilities = capabilitiesOf(info);
  const roles = rolesOf(info);
  const left = framework.roles.filter((role) => !roles.includes(role));
  framework.roles = roles;
  for (const role of left) framework.suppressedRoles.delete(role);
  for (const id of [...framework.offers]) {
    const role = turn.state.offers.get(id)?.role ?? '';
    if (left.includes(role)) rescindOffer(turn, id);
  }
}

/** UPDATE_FRAMEWORK: null = done (200), otherwise the text of a 400. */
export function updateFrameworkInfo(
  turn: Turn,
  framework: Framework,
  call: SchedulerCallSubscribe,
): string | null {
  const info = call.framework_info;
  const invalid = validateFrameworkInfo(info, turn.config.roles);
  if (invalid !== null) return `Supplied FrameworkInfo is not valid: ${invalid}`;
  const forbidden = validateInfoUpdate(framework.info, info);
  if (forbidden !== null) return `FrameworkInfo update is not valid: ${forbidden}`;
  const suppressed = validateSuppressed(rolesOf(info), call.suppressed_roles);
  if (suppressed !== null) return `'UpdateFramework' call is not valid: ${suppressed}`;
  takeInfo(turn, framework, info);
  framework.suppressedRoles.clear();
  for (const role of call.suppressed_roles ?? []) framework.suppressedRoles.add(role);
  allocateTo(turn, framework);
  tellOperator(turn, { type: 'FRAMEWORK_UPDATED', framework });
  tellAgents(turn, framework);
  turn.effects.push({ type: 'ALLOCATE' });
  return null;
}

/** A framework that an agent speaks of and nobody else: it waits for its scheduler, as after a failover of the master. */
export function recoverFramework(turn: Turn, info: FrameworkInfo): Framework | null {
  const id = info.id?.value ?? '';
  const known = turn.state.frameworks.get(id);
  if (known !== undefined) return known;
  if (id === '' || step(turn, id, 'HEARD_FROM_AGENT') !== 'RECOVERED') return null;
  const framework = makeFramework(turn, info, id);
  const seconds = Math.max(info.failover_timeout ?? 0, RECOVERED_TIMEOUT_MIN_S);
  framework.failoverDeadline = turn.now + seconds * 1000;
  turn.state.frameworks.set(id, framework);
  allocateTo(turn, framework);
  tellOperator(turn, { type: 'FRAMEWORK_ADDED', framework });
  log(turn, 'info', { framework: id }, 'framework recovered from an agent');
  return framework;
}

/** The stream broke: offers go back, and the failover time-out runs; of 0 it is over at once. */
export function frameworkStreamEnded(turn: Turn, streamId: string, framework: Framework): void {
  if (framework.streamId !== streamId || step(turn, framework.id, 'STREAM_ENDED') === null) return;
  disconnect(turn, framework);
  const seconds = Math.max(framework.info.failover_timeout ?? 0, 0);
  framework.failoverDeadline = turn.now + seconds * 1000;
  log(turn, 'info', { framework: framework.id, failoverSeconds: seconds }, 'framework disconnected');
  if (seconds === 0) removeFramework(turn, framework, 'FAILOVER_TIMEOUT');
  else tellOperator(turn, { type: 'FRAMEWORK_UPDATED', framework });
}

function disconnect(turn: Turn, framework: Framework): void {
  framework.connected = false;
  framework.active = false;
  framework.streamId = null;
  framework.nextHeartbeatAt = Infinity;
  for (const id of [...framework.offers]) discardOffer(turn, id, null);
  dropInverseOffersOf(turn, framework);
  deactivateFramework(turn.allocator, framework.id);
}

/** Ends a framework: agents shut down what it has, its tasks are over, its stream ends. */
export function removeFramework(
  turn: Turn,
  framework: Framework,
  why: 'TEARDOWN' | 'FAILOVER_TIMEOUT',
): void {
  if (step(turn, framework.id, why) !== 'REMOVED') return;
  const { streamId } = framework;
  disconnect(turn, framework);
  if (streamId !== null) turn.effects.push({ type: 'END', streamId });
  for (const agent of turn.state.agents.values()) {
    sendMessage(turn, agent, { type: 'SHUTDOWN_FRAMEWORK', framework_id: { value: framework.id } });
  }
  const message = `Framework ${framework.id} removed`;
  for (const task of [...framework.tasks.values(), ...framework.unreachableTasks.values()]) {
    const status = masterStatus(turn, {
      taskId: task.task_id.value,
      agentId: task.agent_id.value,
      executorId: task.executor_id?.value,
      state: 'TASK_KILLED',
      reason: 'REASON_FRAMEWORK_REMOVED',
      message,
    });
    updateTask(turn, task, status);
    if (framework.unreachableTasks.delete(task.task_id.value)) complete(framework, task);
    else removeTask(turn, task);
  }
  for (const [agentId, executors] of [...framework.executors]) {
    for (const executorId of [...executors.keys()]) removeExecutor(turn, framework.id, agentId, executorId);
  }
  framework.unregisteredAt = turn.now;
  framework.recovered = false;
  framework.failoverDeadline = null;
  turn.state.frameworks.delete(framework.id);
  unallocate(turn.allocator, framework.id);
  const { completedFrameworks } = turn.state;
  completedFrameworks.set(framework.id, framework);
  for (const oldest of completedFrameworks.keys()) {
    if (completedFrameworks.size <= COMPLETED_FRAMEWORKS_MAX) break;
    completedFrameworks.delete(oldest);
  }
  tellOperator(turn, { type: 'FRAMEWORK_REMOVED', info: framework.info });
  turn.effects.push({ type: 'ALLOCATE' });
  log(turn, 'info', { framework: framework.id, why }, 'framework removed');
}

/** Heartbeats that are due, and frameworks whose time to come back is over. */
export function tickFrameworks(turn: Turn): void {
  for (const framework of [...turn.state.frameworks.values()]) {
    if (framework.failoverDeadline !== null && framework.failoverDeadline <= turn.now) {
      removeFramework(turn, framework, 'FAILOVER_TIMEOUT');
    } else if (framework.nextHeartbeatAt <= turn.now) {
      framework.nextHeartbeatAt = turn.now + turn.config.heartbeatIntervalMs;
      sendEvent(turn, framework, { type: 'HEARTBEAT' });
    }
  }
}
