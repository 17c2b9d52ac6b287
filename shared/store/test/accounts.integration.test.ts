import { startMariaDb, type MariaDbServer } from '@murmur/testkit';
import type { Store } from '../src/index.js';
import { newAccount, open, T0 } from './support.js';

describe('accounts, follows and OAuth records', () => {
  let server: MariaDbServer;
  let store: Store;

  beforeAll(async () => {
    server = await startMariaDb();
    store = open(await server.createDatabase());
    await store.migrate();
  }, 60_000);

  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('gives an account back with its 64-bit id', async () => {
    const id = 117_656_366_327_595_079n;
    expect(await store.createAccount({ ...newAccount(id, 'Wide'), email: 'Wide@Example.org' })).toBe(
      'created',
    );
    expect(await store.accountsByIds([id, 1n, id])).toEqual([
      {
        id,
        username: 'Wide',
        displayName: '',
        note: '',
        createdAtMs: T0,
        followersCount: 0,
        followingCount: 0,
        statusesCount: 0,
        lastStatusAtMs: null,
      },
    ]);
  });

  it('compares user names and addresses without regard to case', async () => {
    await store.createAccount(newAccount(20, 'Alice'));
    expect((await store.accountByUsername('aLICE'))?.id).toBe(20n);
    expect(await store.accountByUsername('alicé')).toBeNull();
    expect(await store.createAccount({ ...newAccount(21, 'ALICE'), email: 'other@example.org' })).toBe(
      'username_taken',
    );
    expect(await store.createAccount({ ...newAccount(21, 'bob'), email: 'ALICE@example.ORG' })).toBe(
      'email_taken',
    );
    expect(await store.credentials('aliCE@EXAMPLE.org')).toEqual({
      accountId: 20n,
      passwordHash: 'scrypt$x',
    });
    expect(await store.credentials('ALICE')).toEqual({ accountId: 20n, passwordHash: 'scrypt$x' });
    expect(await store.credentials('nobody')).toBeNull();
  });

  it('answers a repeated creation of the same account as the first one', async () => {
    expect(await store.createAccount(newAccount(30))).toBe('created');
    const { accounts } = await store.counts();
    expect(await store.createAccount(newAccount(30))).toBe('created');
    expect(await store.counts()).toEqual({ accounts, statuses: 0 });
  });

  it('refuses a value that does not fit instead of cutting it', async () => {
    const long = { ...newAccount(31), username: 'x'.repeat(65) };
    await expect(store.createAccount(long)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'ER_DATA_TOO_LONG',
    });
  });

  it('moves the counters of both sides once per edge', async () => {
    for (const id of [40, 41, 42]) await store.createAccount(newAccount(id));
    expect(await store.follow(40n, 41n, T0)).toBe(true);
    expect(await store.follow(40n, 41n, T0 + 1)).toBe(false);
    expect(await store.follow(42n, 41n, T0)).toBe(true);
    expect(await store.follow(41n, 40n, T0)).toBe(true);
    const byId = new Map((await store.accountsByIds([40n, 41n, 42n])).map((a) => [a.id, a]));
    expect(byId.get(41n)).toMatchObject({ followersCount: 2, followingCount: 1 });
    expect(byId.get(40n)).toMatchObject({ followersCount: 1, followingCount: 1 });
    expect(await store.followersOf(41n, 0n, 10)).toEqual([40n, 42n]);
    expect(await store.followersOf(41n, 40n, 10)).toEqual([42n]);
    expect(await store.followersOf(41n, 0n, 1)).toEqual([40n]);
    expect(await store.followingOf(40n, 0n, 10)).toEqual([41n]);
    expect(await store.relationships(40n, [41n, 42n, 41n])).toEqual([
      { id: 41n, following: true, followedBy: true },
      { id: 42n, following: false, followedBy: false },
    ]);
    expect(await store.accountsAbove(1)).toEqual([41n]);
    expect(await store.unfollow(40n, 41n)).toBe(true);
    expect(await store.unfollow(40n, 41n)).toBe(false);
    expect((await store.accountsByIds([41n]))[0]).toMatchObject({ followersCount: 1 });
  });

  it('counts right when many edges of the same few accounts change at once', async () => {
    const ids = [60n, 61n, 62n, 63n];
    for (const id of ids) await store.createAccount(newAccount(id));
    const pairs = ids.flatMap((a) => ids.filter((b) => b !== a).map((b) => [a, b] as const));
    await Promise.all([...pairs, ...pairs].map(([a, b]) => store.follow(a, b, T0)));
    for (const account of await store.accountsByIds(ids))
      expect(account).toMatchObject({ followersCount: 3, followingCount: 3 });
    await Promise.all([...pairs, ...pairs].map(([a, b]) => store.unfollow(a, b)));
    for (const account of await store.accountsByIds(ids))
      expect(account).toMatchObject({ followersCount: 0, followingCount: 0 });
  });

  it('keeps apps, codes and tokens; a code is taken once', async () => {
    const app = {
      id: 50n,
      clientId: 'client',
      clientSecretSha256: 'a'.repeat(64),
      name: 'näme 🐦',
      website: null,
      redirectUris: ['urn:ietf:wg:oauth:2.0:oob', 'http://127.0.0.1/cb'],
      scopes: 'read write',
      createdAtMs: T0,
    };
    await store.createApp(app);
    expect(await store.appByClientId('client')).toEqual(app);
    expect(await store.appByClientId('CLIENT')).toBeNull();
    expect(await store.appById(50n)).toEqual(app);
    expect(await store.appById(51n)).toBeNull();

    const code = {
      codeSha256: 'b'.repeat(64),
      appId: 50n,
      accountId: 20n,
      redirectUri: app.redirectUris[1] ?? '',
      scopes: 'read',
      codeChallenge: null,
      expiresAtMs: T0 + 60_000,
    };
    await store.createCode(code);
    const taken = await Promise.all([1, 2, 3, 4].map(() => store.takeCode(code.codeSha256)));
    expect(taken.filter((found) => found !== null)).toEqual([code]);

    const token = {
      tokenSha256: 'c'.repeat(64),
      appId: 50n,
      accountId: null,
      scopes: 'read',
      createdAtMs: T0,
    };
    await store.createToken(token);
    expect(await store.tokenByHash(token.tokenSha256)).toEqual(token);
    expect(await store.revokeToken(token.tokenSha256, 51n)).toBe(false);
    expect(await store.revokeToken(token.tokenSha256, 50n)).toBe(true);
    expect(await store.tokenByHash(token.tokenSha256)).toBeNull();
  });
});
