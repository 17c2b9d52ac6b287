import type { ServerResponse } from 'node:http';
import { openRecordStream, type RecordStream } from '../http/stream.js';

/** What may wait for a framework or agent that does not read, bytes; then its stream is cut and it has to subscribe again. */
export const UNREAD_BYTES_MAX = 32 * 1024 * 1024;

/** The endless answers of a master, by stream id. */
export interface Streams {
  /** Answers 200 and keeps the stream; `onEnd` is called once, whoever ended it, never within this call. */
  open(
    id: string,
    response: ServerResponse,
    headers: Readonly<Record<string, string>>,
    onEnd: () => void,
  ): void;
  /** One record as one HTTP chunk. To a stream that is over nothing is sent. */
  send(id: string, record: string): void;
  /** Ends a stream after what was sent. */
  end(id: string): void;
  endAll(): void;
}

export function createStreams(): Streams {
  const streams = new Map<string, RecordStream>();
  return {
    open: (id, response, headers, onEnd) => {
      const stream = openRecordStream(response, headers, UNREAD_BYTES_MAX);
      streams.set(id, stream);
      response.once('close', () => {
        streams.delete(id);
        onEnd();
      });
      if (response.destroyed) queueMicrotask(onEnd);
    },
    send: (id, record) => {
      streams.get(id)?.write(record);
    },
    end: (id) => {
      streams.get(id)?.end();
    },
    endAll: () => {
      for (const stream of streams.values()) stream.end();
    },
  };
}
