import { createHash } from 'node:crypto';
import { firstIdOf, type Id } from '@murmur/model';
import { silentLog } from '@murmur/service';
import { openStore } from '@murmur/store';

export interface Author {
  readonly id: Id;
  readonly token: string;
}

const AT_ONCE = 16;

/** Accounts with a token each, written to MySQL as ingest writes them; nobody logs in, so there is no password. */
export async function seedAuthors(mysqlUrl: string, count: number): Promise<Author[]> {
  const store = openStore({ url: mysqlUrl, log: silentLog() });
  const createdAtMs = 1_650_000_000_000;
  const authors = Array.from({ length: count }, (_, i) => ({
    id: firstIdOf(createdAtMs) + BigInt(i),
    token: `benchmark-token-${i}`.padEnd(43, 'x'),
  }));
  try {
    await store.migrate();
    for (let from = 0; from < count; from += AT_ONCE)
      await Promise.all(authors.slice(from, from + AT_ONCE).map(seed));
  } finally {
    await store.close();
  }
  return authors;

  async function seed({ id, token }: Author): Promise<void> {
    const username = `author${id % (1n << 16n)}`;
    await store.createAccount({
      id,
      username,
      email: `${username}@example.org`,
      passwordHash: 'none',
      createdAtMs,
    });
    const tokenSha256 = createHash('sha256').update(token).digest('hex');
    await store.createToken({
      tokenSha256,
      appId: 1n,
      accountId: id,
      scopes: 'read write follow',
      createdAtMs,
    });
  }
}
