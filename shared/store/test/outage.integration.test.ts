import { startMariaDb, waitFor, freePort, type MariaDbServer } from '@murmur/testkit';
import { StoreUnavailable, type Store } from '../src/index.js';
import { newAccount, open, status } from './support.js';

const QUICK = { acquireTimeoutMs: 300, queryTimeoutMs: 300 };

describe('a store whose MySQL goes away', () => {
  let server: MariaDbServer;
  let url: string;
  const stores: Store[] = [];
  const opened = (at = url, options = {}): Store => {
    const store = open(at, options);
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    server = await startMariaDb();
    url = await server.createDatabase();
  }, 60_000);

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  afterAll(() => server.stop());

  it('opens without one and says which code it met', async () => {
    const store = opened(`mysql://u:p@127.0.0.1:${await freePort()}/none`, QUICK);
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable', code: 'ECONNREFUSED' });
    await expect(store.writeStatuses({ statuses: [status(1, 1)], deletes: [] })).rejects.toBeInstanceOf(
      StoreUnavailable,
    );
  });

  it('migrates once when five processes start at the same time', async () => {
    const five = Array.from({ length: 5 }, () => opened());
    await Promise.all(five.map((store) => store.migrate()));
    await five[0]?.migrate();
    expect(await five[0]?.counts()).toEqual({ accounts: 0, statuses: 0 });
  });

  it('answers again by itself after a crash, and has everything that was written', async () => {
    const store = opened();
    await store.migrate();
    await store.createAccount(newAccount(1));
    await store.writeStatuses({ statuses: [status(1, 1)], deletes: [] });
    await server.kill();
    await expect(store.accountsByIds([1n])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.writeStatuses({ statuses: [status(2, 1)], deletes: [] })).rejects.toBeInstanceOf(
      StoreUnavailable,
    );
    await server.restart();
    await waitFor(() => store.ping().then(() => true), { what: 'the store to answer again' });
    await store.writeStatuses({ statuses: [status(1, 1), status(2, 1)], deletes: [] });
    expect((await store.accountsByIds([1n]))[0]).toMatchObject({ statusesCount: 2 });
  }, 60_000);

  it('counts nothing twice when the server dies while batches are written and repeated', async () => {
    const store = opened();
    await store.migrate();
    await store.createAccount(newAccount(7));
    const batches = Array.from({ length: 30 }, (_, b) => ({
      statuses: Array.from({ length: 20 }, (_, i) => status(70_000 + b * 20 + i, 7)),
      deletes: [],
    }));
    const persist = async (batch: (typeof batches)[number]): Promise<void> => {
      await waitFor(
        () =>
          store.writeStatuses(batch).then(
            () => true,
            (error: unknown) => {
              if (error instanceof StoreUnavailable) return false;
              throw error;
            },
          ),
        { what: 'a batch to be written' },
      );
    };
    const all = (async () => {
      for (const batch of batches) await persist(batch);
    })();
    await waitFor(async () => ((await store.accountsByIds([7n]))[0]?.statusesCount ?? 0) > 0, {
      what: 'the first batch',
    });
    await server.kill();
    await server.restart();
    await all;
    expect((await store.accountsByIds([7n]))[0]).toMatchObject({ statusesCount: 600 });
  }, 60_000);

  it('ends every call within its bounds when the server is silent', async () => {
    const store = opened(url, { ...QUICK, connectionLimit: 2 });
    await store.ping();
    server.pause();
    try {
      const calls = await Promise.allSettled([1, 2, 3, 4, 5].map(() => store.ping()));
      for (const call of calls) {
        expect(call.status).toBe('rejected');
        expect(call.status === 'rejected' && call.reason).toBeInstanceOf(StoreUnavailable);
      }
    } finally {
      server.resume();
    }
    await waitFor(() => store.ping().then(() => true), { what: 'the store to answer again' });
  });

  it('refuses calls after close as unavailable', async () => {
    const store = opened();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable', code: 'POOL_CLOSED' });
  });
});
