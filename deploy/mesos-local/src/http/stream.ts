import type { ServerResponse } from 'node:http';
import { encodeRecord } from '@murmur/engine';

/** What may wait for a reader before it counts as dead, bytes. */
export const STREAM_BUFFER_BYTES_MAX = 64 * 1024 * 1024;

/** A response that never ends: RecordIO, one record = exactly one HTTP chunk (naive clients rely on it). */
export interface RecordStream {
  /** False when the stream is over, or was just dropped because its reader is too slow. */
  write(record: string): boolean;
  /** Bytes that the reader has not taken yet. */
  buffered(): number;
  /** Ends it in peace: what is written still goes out. */
  end(): void;
  /** Called once, whoever ended it; at once if it is over. */
  onClose(listener: () => void): void;
}

/** Answers 200 and opens the stream. Headers go out at once. */
export function openRecordStream(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
  maxBufferedBytes = STREAM_BUFFER_BYTES_MAX,
): RecordStream {
  let over = false;
  const listeners: (() => void)[] = [];
  response.once('close', () => {
    over = true;
    for (const listener of listeners.splice(0)) listener();
  });
  response.on('error', () => response.destroy());
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
  return {
    write: (record) => {
      if (over || response.writableEnded) return false;
      response.write(encodeRecord(record));
      if (response.writableLength <= maxBufferedBytes) return true;
      response.destroy();
      return false;
    },
    buffered: () => response.writableLength,
    end: () => {
      if (!over) response.end();
    },
    onClose: (listener) => {
      if (over || response.destroyed) listener();
      else listeners.push(listener);
    },
  };
}
