import type { ServerResponse } from 'node:http';
import type { Log } from '@murmur/service';
import { openRecordStream, type RecordStream } from '../../http/stream.js';
import type { Master } from '../types.js';
import { HEARTBEAT_EVENT, operatorEvent, subscribedEvent } from './v1-core.js';

/** Streams of SUBSCRIBE that are kept; a further one ends the oldest, as in Mesos. */
export const SUBSCRIBERS_MAX = 1_000;
/** What one subscriber may leave unread before it is dropped, bytes. */
export const SUBSCRIBER_BUFFER_BYTES_MAX = 32 * 1024 * 1024;
/** Between two heartbeats, ms. */
export const HEARTBEAT_MS = 15_000;
const MS_PER_SECOND = 1_000;

/** Streams of the operator API: the whole state first, then every change. */
export interface Subscribers {
  /** Answers 200 and streams until either side ends it. */
  open(response: ServerResponse): void;
  count(): number;
  /** Ends all of them. */
  close(): void;
}

export function openSubscribers(master: Master, log: Log): Subscribers {
  const streams = new Set<RecordStream>();
  const all = (record: string): void => {
    for (const stream of streams)
      if (!stream.write(record)) log.warn({}, 'a subscriber of the operator API is too slow, dropped');
  };
  const unsubscribe = master.subscribeOperator((event) => {
    if (streams.size > 0) all(operatorEvent(master.state, event));
  });
  const timer = setInterval(() => {
    all(HEARTBEAT_EVENT);
  }, HEARTBEAT_MS);
  return {
    open: (response) => {
      const [oldest] = streams;
      if (streams.size >= SUBSCRIBERS_MAX && oldest !== undefined) {
        streams.delete(oldest);
        oldest.end();
      }
      const stream = openRecordStream(response, {}, SUBSCRIBER_BUFFER_BYTES_MAX);
      streams.add(stream);
      stream.onClose(() => streams.delete(stream));
      stream.write(subscribedEvent(master.state, HEARTBEAT_MS / MS_PER_SECOND));
      stream.write(HEARTBEAT_EVENT);
    },
    count: () => streams.size,
    close: () => {
      unsubscribe();
      clearInterval(timer);
      for (const stream of [...streams]) stream.end();
    },
  };
}
