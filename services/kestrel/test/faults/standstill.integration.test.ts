import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopAll, tempFolder } from '@murmur/testkit';
import { drainQueue } from './support/client.js';
import { startFaultServer, statOf } from './support/server.js';

const TEST_MS = 60_000;
const STOPPED_MS = 2500;

afterEach(stopAll);

describe('two servers for one folder', () => {
  it(
    'are one: the second does not start, says why, and disturbs nothing; after a kill the next starts at once',
    async () => {
      const queues = join(await tempFolder('kestrel-shared'), 'queues');
      const first = await startFaultServer({}, { queues });
      const client = await first.connect();
      expect(await client.set('q', 'first')).toBe('STORED');
      for (let tries = 0; tries < 2; tries += 1) {
        const second = startFaultServer({}, { queues });
        await expect(second).rejects.toThrow(/exited with [1-9]\d* before it was ready[^]*in use/);
      }
      expect(await client.set('q', 'second')).toBe('STORED');
      await first.process.kill();
      const next = await startFaultServer({}, { queues });
      expect(await drainQueue(await next.connect(), 'q')).toEqual(['first', 'second']);
      await next.process.stop();
      const last = await startFaultServer({}, { queues });
      expect(await drainQueue(await last.connect(), 'q')).toEqual([]);
    },
    TEST_MS,
  );
});

describe('a server that stands still for seconds', () => {
  it(
    'then answers all waits, loses no wake-up and expires what is due',
    async () => {
      const kestrel = await startFaultServer({
        expirationTimerFrequency: 50,
        queues: [{ name: 'short', maxAge: 1000, expireToQueue: 'dead' }],
      });
      const client = await kestrel.connect();
      const timed = await Promise.all(Array.from({ length: 40 }, () => kestrel.connect()));
      const waits = timed.map((one, index) => one.get(`silent/t=${500 + index * 100}`));
      const eager = await Promise.all(Array.from({ length: 30 }, () => kestrel.connect()));
      const gets = eager.map((one, index) => one.get(`busy/t=30000${index % 2 === 0 ? '/open' : ''}`));
      const expired = (await kestrel.connect()).get('dead/t=30000');
      const watching = (await kestrel.connect()).monitor('watched', 30, 3);
      expect(await client.set('short', 'due')).toBe('STORED');
      kestrel.process.pause();
      // What comes while it stands still waits in its sockets.
      const sets = eager.map((_, index) => client.set('busy', `item ${index}`));
      const seen = [1, 2, 3].map((n) => client.set('watched', `seen ${n}`));
      await sleep(STOPPED_MS);
      kestrel.process.resume();
      expect(new Set(await Promise.all([...sets, ...seen]))).toEqual(new Set(['STORED']));
      expect(await Promise.all(waits)).toEqual(timed.map(() => null));
      expect((await Promise.all(gets)).sort()).toEqual(eager.map((_, index) => `item ${index}`).sort());
      expect(await expired).toBe('due');
      expect(await watching).toEqual(['seen 1', 'seen 2', 'seen 3']);
      expect(await statOf(client, 'busy', 'waiters')).toBe(0);
      expect(await statOf(client, 'silent', 'waiters')).toBe(0);
      expect(await statOf(client, 'busy', 'open_transactions')).toBe(15);
    },
    TEST_MS,
  );

  it(
    'loses and repeats nothing when it does so again and again under load',
    async () => {
      const kestrel = await startFaultServer({});
      const [writer, reader] = [await kestrel.connect(), await kestrel.connect()];
      const COUNT = 2000;
      const taking = (async () => {
        const items: string[] = [];
        while (items.length < COUNT) {
          const item = await reader.get('q/t=20000');
          if (item === null) return items;
          items.push(item);
        }
        return items;
      })();
      let writing = true;
      const goesOn = (times: number): boolean => writing || times < 3;
      const stopping = (async () => {
        for (let times = 0; goesOn(times); times += 1) {
          kestrel.process.pause();
          await sleep(200);
          kestrel.process.resume();
          await sleep(50);
        }
      })();
      for (let n = 0; n < COUNT; n += 1) expect(await writer.set('q', String(n))).toBe('STORED');
      writing = false;
      await stopping;
      expect(await taking).toEqual(Array.from({ length: COUNT }, (_, n) => String(n)));
    },
    TEST_MS,
  );
});
