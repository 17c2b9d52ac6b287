export * from './port.js';
export { createMesosEngine, type MesosEngineOptions } from './mesos/engine.js';
export {
  createSchedulerClient,
  SchedulerCallError,
  type Call,
  type SchedulerClient,
  type SchedulerClientOptions,
  type SchedulerListener,
} from './scheduler/client.js';
export { createDetector, staticDetector, urlOfMaster, type MasterDetector } from './scheduler/detector.js';
export * from './http.js';
export * from './wire/json-core.js';
export * from './wire/recordio-core.js';
export * from './wire/schema.js';
export * from './wire/messages/ids.js';
export * from './wire/messages/values.js';
export * from './wire/messages/container.js';
export * from './wire/messages/resources.js';
export * from './wire/messages/status.js';
export * from './wire/messages/task.js';
export * from './wire/messages/entities.js';
export * from './wire/messages/offers.js';
export * from './wire/messages/scheduler.js';
export * from './wire/messages/executor.js';
export * from './wire/messages/master-call.js';
export * from './wire/messages/master.js';
export * from './wire/messages/agent.js';
export * from './duration-core.js';
export * from './executor-environment.js';
export { EMPTY_LEDGER, type ClientState, type Ledger } from './executor-client-core.js';
export {
  createExecutorClient,
  type ExecutorClient,
  type ExecutorClientOptions,
  type NewStatus,
} from './executor-client.js';
export type { ExecutorHandler } from './executor-events.js';
