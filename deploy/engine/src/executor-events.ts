import { decodeText } from './wire/json-core.js';
import { ExecutorEvent, type ExecutorEventSubscribed } from './wire/messages/executor.js';
import { createRecordDecoder } from './wire/recordio-core.js';
import type { TaskInfo } from './wire/messages/task.js';

/** One event of an agent to an executor is a few tasks at the most, bytes. */
export const EVENT_BYTES_MAX = 8 * 1024 * 1024;

/** What the agent says. None of these may throw. */
export interface ExecutorHandler {
  subscribed(event: ExecutorEventSubscribed): void;
  /** Once for each task of a group. */
  launch(task: TaskInfo): void;
  /** `graceMs` of the kill policy, or null. */
  kill(taskId: string, graceMs: number | null): void;
  /** Base64. */
  message(data: string): void;
  shutdown(): void;
  /** After every acknowledgement. */
  acknowledged(): void;
  /** The agent is gone for good: end the tasks and exit. */
  dead(reason: string): void;
}

/** The events of a stream, in order. Throws what the stream throws, RecordIoError and DecodeError: the stream is of no use then. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ExecutorEvent, void> {
  const decoder = createRecordDecoder({ maxBytes: EVENT_BYTES_MAX });
  for await (const chunk of chunks) {
    for (const record of decoder.push(chunk)) yield decodeText(ExecutorEvent, record.toString('utf8'));
  }
}

const NS_PER_MS = 1e6;

/** Calls the handler's method for the event; SUBSCRIBED, ACKNOWLEDGED and ERROR are the client's to understand first. */
export function tell(handler: ExecutorHandler, event: ExecutorEvent): void {
  if (event.subscribed !== undefined) handler.subscribed(event.subscribed);
  if (event.launch !== undefined) handler.launch(event.launch.task);
  for (const task of event.launch_group?.task_group.tasks ?? []) handler.launch(task);
  if (event.kill !== undefined) {
    const grace = event.kill.kill_policy?.grace_period?.nanoseconds;
    handler.kill(event.kill.task_id.value, grace === undefined ? null : grace / NS_PER_MS);
  }
  if (event.message !== undefined) handler.message(event.message.data);
  if (event.type === 'SHUTDOWN') handler.shutdown();
  if (event.acknowledged !== undefined) handler.acknowledged();
}
