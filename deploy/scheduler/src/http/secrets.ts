import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt's cost: 2^14, 8, 1 takes 16 MiB and some 50 ms. It is part of each hash, so it can be raised later. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt's own bound is too small for the costs that the auth file may name. */
const SCRYPT_MEMORY_MAX = 512 * 1024 * 1024;

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Compares two texts of one length in constant time. */
export function equalTexts(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const head = freshHead();
  return head + (await derive(password, head)).toString('base64url');
}

/** Whether the password is that of the hash. null (no such user) takes as long, and is false. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const head = stored === null ? freshHead() : stored.slice(0, stored.lastIndexOf('$') + 1);
  const wanted = Buffer.from(stored?.slice(head.length) ?? '', 'base64url');
  const derived = await derive(password, head);
  return wanted.length === derived.length && timingSafeEqual(wanted, derived);
}

/** A name for a secret that is kept in memory, with a key of this process. */
export function secretNamer(): (...parts: readonly string[]) => string {
  const key = randomBytes(32);
  return (...parts) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

function freshHead(): string {
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${randomBytes(SALT_BYTES).toString('base64url')}$`;
}

function derive(password: string, head: string): Promise<Buffer> {
  const [, N, r, p, salt = ''] = head.split('$');
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: SCRYPT_MEMORY_MAX };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), HASH_BYTES, cost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
