import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@murmur/public-api';

/** scrypt's cost: 2^14, 8, 1 takes 16 MiB and some 50 ms. Stored with each hash, so it can be raised later. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Who would wait longer than a few seconds for a hash is sent away. */
export const WAITING_MAX = 128;

export interface Passwords {
  /** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
  hash(password: string): Promise<string>;
  /** `stored` null (no such account) takes as long and is false. */
  verify(password: string, stored: string | null): Promise<boolean>;
  /** Hashes that wait for their turn. */
  waiting(): number;
}

/** At most `atOnce` hashes at a time, so that log-ins leave threads for the rest; throws 503 when too many wait. */
export function passwords(atOnce: number): Passwords {
  const queue: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (queue.length >= WAITING_MAX) throw new ApiError('unavailable');
      await new Promise<void>((go) => queue.push(go));
    } else running++;
    try {
      return await work();
    } finally {
      // The turn is handed on, not given back: nobody can jump the queue.
      const next = queue.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  const fresh = (): string => {
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt}$`;
  };
  return {
    hash: (password) =>
      inTurn(async () => {
        const head = fresh();
        const hash = await derive(password, head);
        return head + hash.toString('base64url');
      }),
    verify: (password, stored) =>
      inTurn(async () => {
        const at = stored?.lastIndexOf('$') ?? -1;
        const head = stored === null ? fresh() : stored.slice(0, at + 1);
        const wanted = Buffer.from(stored?.slice(at + 1) ?? '', 'base64url');
        const hash = await derive(password, head);
        return wanted.length === hash.length && timingSafeEqual(wanted, hash);
      }),
    waiting: () => queue.length,
  };
}

function derive(password: string, head: string): Promise<Buffer> {
  const [kind, N, r, p, salt] = head.split('$');
  if (kind !== 'scrypt' || salt === undefined)
    throw new Error(`a stored password hash of unknown form: ${kind ?? ''}`);
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), HASH_BYTES, cost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
