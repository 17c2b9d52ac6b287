/** Looks again, slot by slot, whether the tokens of open streams are still good. */
import type { Caller } from '@murmur/public-api';
import { SESSION_SLOTS, type Session, type Sessions } from './sessions.js';

/** Null: there is no such token (any more). Rejects when nobody could say. */
export type ResolveToken = (token: string) => Promise<Caller | null>;

/** Look-ups at a time. */
const CHECKS_AT_ONCE = 8;

export interface TokenChecksOptions {
  readonly sessions: Sessions;
  readonly resolveToken: ResolveToken;
  /** Each stream is looked at once in this time, ms. */
  readonly everyMs: number;
  readonly onRevoked: (session: Session) => void;
}

/** Returns the stop. A slot that takes longer than its share delays the next: checks never pile up. */
export function checkTokens(options: TokenChecksOptions): () => void {
  let slot = 0;
  let busy = false;
  const timer = setInterval(
    () => {
      if (busy) return;
      busy = true;
      void checkSlot([...options.sessions.slot(slot++)], options).finally(() => (busy = false));
    },
    Math.max(1, Math.floor(options.everyMs / SESSION_SLOTS)),
  );
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

async function checkSlot(sessions: Session[], options: TokenChecksOptions): Promise<void> {
  const one = async (): Promise<void> => {
    for (let session = sessions.pop(); session !== undefined; session = sessions.pop())
      if (await isRevoked(session.token, options.resolveToken)) options.onRevoked(session);
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, one));
}

/** When nobody can say, the stream goes on. */
async function isRevoked(token: string, resolveToken: ResolveToken): Promise<boolean> {
  try {
    return (await resolveToken(token)) === null;
  } catch {
    return false;
  }
}
