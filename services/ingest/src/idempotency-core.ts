/**
 * The claim `idem:<account>:<sha256 of the key>` is made *before* the event is put. It holds the id that the
 * status has or will have, and a fingerprint of what was asked. A repeat either finds the status, or puts it
 * again under the same id, which every consumer takes for the same status: so nothing is doubled, however
 * the first request ended. A claim is never taken back once a put was tried: its item may have been stored.
 */
import { parseId, type Id } from '@murmur/model';
import { invalidField } from '@murmur/public-api';

/** Clients send UUIDs or hashes; this leaves room for anything sane. */
export const KEY_CHARACTERS_MAX = 255;

export interface Claim {
  readonly id: Id;
  /** Short hash of the draft: a key that is used for another text must not put that text under the first one's id. */
  readonly fingerprint: string;
}

/** Null without the header. Throws 422 for one that is blank or too long. */
export function readKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const key = header.trim();
  if (key === '' || key.length > KEY_CHARACTERS_MAX)
    throw invalidField(
      'Idempotency-Key',
      'ERR_INVALID',
      `has ${key.length} characters, allowed are 1 to ${KEY_CHARACTERS_MAX}`,
    );
  return key;
}

export function encodeClaim(claim: Claim): Buffer {
  return Buffer.from(`${claim.id} ${claim.fingerprint}`);
}

export function decodeClaim(bytes: Buffer): Claim | null {
  const [rawId = '', fingerprint = '', ...rest] = bytes.toString('latin1').split(' ');
  const id = parseId(rawId);
  return id === null || fingerprint === '' || rest.length > 0 ? null : { id, fingerprint };
}

/** What is known of the status that an earlier request claimed. */
export type Earlier = 'there' | 'deleted' | 'nowhere';

export type RepeatDecision = 'answer_first' | 'gone' | 'put_again' | 'conflict';

export function decideRepeat(earlier: Earlier, claim: Claim, fingerprint: string): RepeatDecision {
  switch (earlier) {
    case 'there':
      return 'answer_first';
    case 'deleted':
      return 'gone';
    case 'nowhere':
      return claim.fingerprint === fingerprint ? 'put_again' : 'conflict';
  }
}
