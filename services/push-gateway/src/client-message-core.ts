/** What a WebSocket client may say, and how often. */
import { streamNamed, type StreamName } from './request-core.js';

export type ClientMessage =
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly stream: StreamName }
  | { readonly kind: 'error'; readonly error: string; readonly status: number };

const error = (text: string): ClientMessage => ({ kind: 'error', error: text, status: 400 });

export const UNKNOWN_STREAM = error('Unknown stream type');

/** `{"type":"subscribe","stream":"user"}`; some clients send the stream as a list of one. Never throws. */
export function parseClientMessage(text: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return error('Not JSON');
  }
  if (typeof value !== 'object' || value === null) return error('An object with type and stream is required');
  const { type, stream } = value as { readonly type?: unknown; readonly stream?: unknown };
  if (type !== 'subscribe' && type !== 'unsubscribe') return error('Unknown message type');
  const name: unknown = Array.isArray(stream) ? stream[0] : stream;
  const known = typeof name === 'string' ? streamNamed(name) : null;
  return known === null ? UNKNOWN_STREAM : { kind: type, stream: known };
}

/** Frames that a client may send at once, and per second in the long run. Real ones send a handful at the start. */
export const MESSAGES_BURST = 30;
export const MESSAGES_PER_SECOND = 2;

/** A token bucket; time is an argument. */
export class MessageAllowance {
  #left = MESSAGES_BURST;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** False when it has sent more than it may. */
  spend(nowMs: number): boolean {
    const earned = (Math.max(0, nowMs - this.#atMs) / 1_000) * MESSAGES_PER_SECOND;
    this.#left = Math.min(MESSAGES_BURST, this.#left + earned) - 1;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}
