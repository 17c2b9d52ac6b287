/** Sends everybody away, a few at a time, so that they do not all come back to another gateway at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sessions } from './sessions.js';
import { CLOSE_GRACE_MS } from './transport.js';

const STEP_MS = 50;
/** The part of the time that closing is spread over; the rest is for clients to finish the handshake. */
const SPREAD_PART = 0.6;

/** Resolves when no stream is open, within `ms`. */
export async function drainSessions(sessions: Sessions, ms: number): Promise<void> {
  const endMs = Date.now() + ms;
  const all = sessions.all();
  const steps = Math.max(1, Math.floor((ms * SPREAD_PART) / STEP_MS));
  const perStep = Math.max(1, Math.ceil(all.length / steps));
  for (let at = 0; at < all.length; at += perStep) {
    for (const session of all.slice(at, at + perStep)) session.transport.close('goingAway');
    if (at + perStep < all.length) await sleep(STEP_MS);
  }
  while (sessions.open > 0 && Date.now() < endMs) await sleep(Math.min(STEP_MS, CLOSE_GRACE_MS));
  for (const session of sessions.all()) session.transport.cut();
}
