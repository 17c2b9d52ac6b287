/** Requests as bytes, and the checks that keep a name or a size from breaking the protocol. */
import { MONITOR_SECONDS_MAX, QUEUE_NAME_LENGTH_MAX } from './defaults.js';
import { KestrelError } from './errors.js';

const CRLF = '\r\n';

/** Throws `invalid_queue` unless the name can be a queue on the wire and a journal's file name. */
export function checkQueueName(queue: string): void {
  if (queue.length > QUEUE_NAME_LENGTH_MAX || !/^[!-~]+$/.test(queue) || /[./~]/.test(queue))
    throw new KestrelError(
      'invalid_queue',
      `queue: ${JSON.stringify(queue.slice(0, 80))} is not allowed, 1 to ${QUEUE_NAME_LENGTH_MAX} ` +
        'visible ASCII characters other than . / ~ are required',
    );
}

/** No flags, no expiry. */
export function encodeSet(queue: string, payload: Buffer): Buffer {
  const head = `set ${queue} 0 0 ${payload.length}${CRLF}`;
  const out = Buffer.allocUnsafe(head.length + payload.length + CRLF.length);
  out.write(head, 0, 'latin1');
  payload.copy(out, head.length);
  out.write(CRLF, head.length + payload.length, 'latin1');
  return out;
}

/** The protocol counts a monitor's time in whole seconds; 0 would end it at once. */
export function monitorSeconds(monitorMs: number): number {
  return Math.min(MONITOR_SECONDS_MAX, Math.max(1, Math.ceil(monitorMs / 1000)));
}

export const encodeMonitor = (queue: string, seconds: number, max: number): string =>
  `monitor ${queue} ${seconds} ${max}${CRLF}`;
export const encodeConfirm = (queue: string, count: number): string => `confirm ${queue} ${count}${CRLF}`;
export const encodeDelete = (queue: string): string => `delete ${queue}${CRLF}`;
export const STATS_REQUEST = `stats${CRLF}`;
export const VERSION_REQUEST = `version${CRLF}`;
export const STATUS_REQUEST = `status${CRLF}`;
export const QUIT_REQUEST = `quit${CRLF}`;

/**
 * The wait before reconnect number `attempt` (from 0), ms: doubles from `minMs` to `maxMs`; `random` (0..1)
 * takes up to half of it away, so that many clients of one restarted server do not come back in step.
 */
export function backOffMs(attempt: number, minMs: number, maxMs: number, random: number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (1 - random / 2));
}
