import { encodeEvent, QUEUES, type Event } from '@murmur/model';
import { KestrelError } from '@murmur/kestrel-client';
import { ApiError } from '@murmur/public-api';
import type { Tools } from './tools.js';

/** Puts an event into `statuses`. Resolves on STORED: it is accepted. Throws a 503 `ApiError` when nobody took it. */
export async function putEvent(tools: Pick<Tools, 'queue' | 'metrics' | 'log'>, event: Event): Promise<void> {
  try {
    await tools.queue.put(QUEUES.statuses, encodeEvent(event));
  } catch (error) {
    if (!(error instanceof KestrelError)) throw error;
    tools.metrics.putFailed();
    tools.log.warn({ code: error.code, kind: event.kind }, 'an event was not accepted by any Kestrel');
    throw new ApiError('unavailable');
  }
}
