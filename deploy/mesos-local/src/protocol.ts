import {
  AgentInfo,
  AgentInfoCapability,
  DurationInfo,
  ExecutorID,
  ExecutorInfo,
  FrameworkID,
  FrameworkInfo,
  KillPolicy,
  MasterInfo,
  Resource,
  Task,
  TaskID,
  TaskInfo,
  TaskStatus,
  enumeration,
  message,
  optional,
  repeated,
  required,
  type Message,
  type Of,
  type ValueOf,
} from '@murmur/engine';

/**
 * Between master and agent, Murmur's own: the same shape as the public APIs, so the same codec and RecordIO serve it.
 *
 *   POST /internal/agent            body: AgentHello. 200 and an endless RecordIO stream of MasterMessage, header
 *                                   `Murmur-Stream-Id`. Ends when either side drops it; the agent then subscribes again.
 *   POST /internal/agent/messages   body: AgentMessages, header `Murmur-Stream-Id`; 200 once all are applied, 409 when the
 *                                   stream is not the agent's current one. One at a time: their order is kept.
 *
 * Both need `Authorization: Bearer <cluster key>` where the master has one; otherwise 401. A master that does not lead
 * answers 307 or 503 as on every endpoint.
 */
export const AGENT_PATH = '/internal/agent';
export const AGENT_MESSAGES_PATH = '/internal/agent/messages';
export const STREAM_HEADER = 'murmur-stream-id';

const agentExecutorFields = {
  framework_id: required(FrameworkID),
  executor_info: required(ExecutorInfo),
};
/** A custom executor that lives on the agent. Command tasks have none, as in Mesos. */
export interface AgentExecutor extends Of<typeof agentExecutorFields> {}
export const AgentExecutor: Message<AgentExecutor> = message('AgentExecutor', agentExecutorFields);

const agentHelloFields = {
  /** With `id` once the agent has one. */
  agent_info: required(AgentInfo),
  version: required('string'),
  /** Where tools reach the agent, `slave(1)@ip:port`. */
  pid: required('string'),
  capabilities: repeated(AgentInfoCapability),
  /** Resources with the dynamic reservations that this agent has stored. */
  total_resources: repeated(Resource),
  /** Everything that lives here or whose last update is not yet acknowledged, with its latest state. */
  tasks: repeated(Task),
  executors: repeated(AgentExecutor),
  frameworks: repeated(FrameworkInfo),
};
/** The whole truth of an agent: a master that never saw it, and one that missed a part, both start from this. */
export interface AgentHello extends Of<typeof agentHelloFields> {}
export const AgentHello: Message<AgentHello> = message('AgentHello', agentHelloFields);

export const MasterMessageType = enumeration('MasterMessage.Type', [
  /** First on a stream: you are agent_id; pings come every ping_interval, silence of ping_timeout means: subscribe again. */
  'SUBSCRIBED',
  /** You may not live: end all executors, forget the id, exit. */
  'SHUTDOWN',
  'PING',
  /** Launch `tasks`: one of LAUNCH, or all of a LAUNCH_GROUP (then `group` is true and all share `executor`). */
  'RUN',
  'KILL',
  'ACKNOWLEDGE',
  'SHUTDOWN_EXECUTOR',
  'SHUTDOWN_FRAMEWORK',
  'UPDATE_FRAMEWORK',
  /** To the executor, best effort. */
  'MESSAGE',
  /** Store these as the agent's resources (a RESERVE or UNRESERVE was accepted). */
  'SET_RESOURCES',
]);
export type MasterMessageType = ValueOf<typeof MasterMessageType>;

const masterMessageFields = {
  type: required(MasterMessageType),
  agent_info: optional(AgentInfo),
  master_info: optional(MasterInfo),
  ping_interval: optional(DurationInfo),
  ping_timeout: optional(DurationInfo),
  /** Why, for SHUTDOWN. */
  message: optional('string'),
  framework_info: optional(FrameworkInfo),
  framework_id: optional(FrameworkID),
  executor_id: optional(ExecutorID),
  /** The group's executor, or the one that the tasks of a LAUNCH name themselves. */
  executor: optional(ExecutorInfo),
  tasks: repeated(TaskInfo),
  group: optional('bool'),
  task_id: optional(TaskID),
  kill_policy: optional(KillPolicy),
  uuid: optional('bytes'),
  data: optional('bytes'),
  total_resources: repeated(Resource),
};
/** Down the stream. Which fields go with a type is said at the type. */
export interface MasterMessage extends Of<typeof masterMessageFields> {}
export const MasterMessage: Message<MasterMessage> = message('MasterMessage', masterMessageFields);

export const AgentMessageType = enumeration('AgentMessage.Type', [
  'PONG',
  /** `status` (with uuid) and `latest_state` of its task, which may be ahead of it. */
  'UPDATE',
  /** A custom executor ended; `status` is waitpid's word. */
  'EXECUTOR_EXITED',
  /** From the executor, best effort. */
  'MESSAGE',
  /** The agent leaves for good and in peace. */
  'UNSUBSCRIBE',
]);
export type AgentMessageType = ValueOf<typeof AgentMessageType>;

const agentMessageFields = {
  type: required(AgentMessageType),
  framework_id: optional(FrameworkID),
  executor_id: optional(ExecutorID),
  status: optional(TaskStatus),
  latest_state: optional('string'),
  exit_status: optional('int32'),
  data: optional('bytes'),
};
export interface AgentMessage extends Of<typeof agentMessageFields> {}
export const AgentMessage: Message<AgentMessage> = message('AgentMessage', agentMessageFields);

const agentMessagesFields = { agent_id: required('string'), messages: repeated(AgentMessage) };
/** At most `AGENT_BATCH_MAX` messages; what does not fit waits for the next. */
export interface AgentMessages extends Of<typeof agentMessagesFields> {}
export const AgentMessages: Message<AgentMessages> = message('AgentMessages', agentMessagesFields);

export const AGENT_BATCH_MAX = 500;
