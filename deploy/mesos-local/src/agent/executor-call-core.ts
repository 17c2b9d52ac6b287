import type { ExecutorCall } from '@murmur/engine';
import type { AgentState, Run } from './model-core.js';
import { isUuid } from '../uuid-core.js';

/** A call that is refused: the status code and text that Mesos answers. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** What is wrong with a call in itself, in Mesos's order and words, or null. */
export function validateExecutorCall(call: ExecutorCall): string | null {
  if (call.type === undefined) return "Expecting 'type' to be present";
  switch (call.type) {
    case 'SUBSCRIBE':
      return call.subscribe === undefined ? "Expecting 'subscribe' to be present" : null;
    case 'UPDATE':
      return validateUpdate(call);
    case 'MESSAGE':
      return call.message === undefined ? "Expecting 'message' to be present" : null;
    case 'HEARTBEAT':
    case 'UNKNOWN':
      return null;
  }
}

function validateUpdate(call: ExecutorCall): string | null {
  const status = call.update?.status;
  if (status === undefined) return "Expecting 'update' to be present";
  if (status.uuid === undefined) return "Expecting 'uuid' to be present";
  if (!isUuid(status.uuid)) return 'Not a valid UUID';
  const executor = call.executor_id.value;
  if (status.executor_id !== undefined && status.executor_id.value !== executor)
    return `ExecutorID in Call: ${executor} does not match ExecutorID in TaskStatus: ${status.executor_id.value}`;
  const from = `from executor ${executor} of framework ${call.framework_id.value}`;
  if (status.source !== 'SOURCE_EXECUTOR')
    return `Received Call ${from} with invalid source, expecting 'SOURCE_EXECUTOR'`;
  if (status.state === 'TASK_STAGING') return `Received TASK_STAGING ${from} which is not allowed`;
  return null;
}

/** The run that a valid call is for, or why it is refused. `recovering`: only SUBSCRIBE is taken then. */
export function findRun(state: AgentState, call: ExecutorCall, recovering: boolean): Run | Refusal {
  if (call.type !== 'SUBSCRIBE' && recovering)
    return { status: 503, text: 'Agent has not finished recovery' };
  const framework = state.frameworks.get(call.framework_id.value);
  if (framework === undefined) return { status: 400, text: 'Framework cannot be found' };
  const run = framework.executors.get(call.executor_id.value);
  // A command task shows as an executor, but the agent itself is behind it.
  if (run?.kind !== 'custom') return { status: 400, text: 'Executor cannot be found' };
  return run;
}

/** Whether a call of a known executor comes too early. */
export function notSubscribed(run: Run, call: ExecutorCall): Refusal | null {
  if (call.type === 'SUBSCRIBE' || run.phase !== 'REGISTERING') return null;
  return { status: 403, text: 'Executor is not subscribed' };
}
