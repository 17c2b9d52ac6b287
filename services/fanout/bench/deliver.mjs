// What fan-out itself costs: batches of statuses into homes on one real memcached, followers from the vector cache, some of
// them connected. Queue and MySQL are left out. Usage: node services/fanout/bench/deliver.mjs [followers] [batches]
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createVectorCache } from '@murmur/cache';
import { encodeEvent, encodeIdVector } from '@murmur/model';
import { createMetrics } from '@murmur/service';
import { createBatchHandler } from '../dist/batch.js';
import { fanoutMetrics } from '../dist/metrics.js';
import { Presence } from '../dist/presence-core.js';
import { RetryBook } from '../dist/retry-core.js';

const followersPerAuthor = Number(process.argv[2] ?? 200);
const batches = Number(process.argv[3] ?? 100);
const AUTHORS = 100;
const ACCOUNTS = 20_000;
const BASE = 1_790_000_000_000n << 16n;
const CONNECTED_EVERY = 20;

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const memcached = spawn('memcached', [
  '-l',
  '127.0.0.1',
  '-p',
  String(port),
  '-t',
  '1',
  '-m',
  '1024',
  '-u',
  'nobody',
]);
await new Promise((resolve) => setTimeout(resolve, 300));

const member = {
  name: 'member_0',
  serviceEndpoint: { host: '127.0.0.1', port },
  additionalEndpoints: {},
  status: 'ALIVE',
  shard: 0,
};
const log = { debug() {}, info() {}, warn: console.warn, error: console.error, child: () => log };
const vectors = createVectorCache({
  serverSet: { members: () => [member], onChange: () => () => undefined },
  log,
});
const id = (i) => BASE + BigInt(i) * 7919n;

for (let at = 0; at < ACCOUNTS; at += 1000)
  await Promise.all(
    Array.from({ length: 1000 }, (_, i) => vectors.add(`home:${id(at + i)}`, Buffer.alloc(0), 600)),
  );
for (let a = 0; a < AUTHORS; a++) {
  const ids = Array.from({ length: followersPerAuthor }, (_, i) => id((a * 131 + i * 17) % ACCOUNTS));
  await vectors.add(`followers:${id(a)}`, encodeIdVector([...new Set(ids)]), 600);
}
const presence = new Presence();
const accounts = Array.from({ length: ACCOUNTS / CONNECTED_EVERY }, (_, i) => id(i * CONNECTED_EVERY));
presence.snapshot({ gateway: 'g1', epoch: 'e', seq: 0, accounts }, 0);

let pushes = 0;
const registry = createMetrics();
const metrics = fanoutMetrics(registry);
const handle = createBatchHandler({
  vectors,
  rows: null,
  store: { followersOf: () => Promise.resolve([]), relationships: () => Promise.resolve([]) },
  presence,
  kestrel: { put: () => Promise.resolve(void pushes++) },
  metrics,
  materialiseFollowersMax: 100_000,
  book: new RetryBook(),
  log,
  now: Date.now,
});

let n = 0;
const batchOf = (size) =>
  Array.from({ length: size }, () => {
    const authorId = id(n % AUTHORS);
    const author = {
      id: authorId,
      username: 'someone',
      displayName: 'Some One',
      note: '',
      createdAtMs: 1,
      followersCount: 1,
      followingCount: 1,
      statusesCount: 1,
      lastStatusAtMs: 1,
    };
    const status = {
      id: id(1_000_000 + n++),
      authorId,
      text: 'a text of some sixty characters, as people write them today',
      visibility: 'public',
      inReplyToId: null,
      inReplyToAccountId: null,
      sensitive: false,
      spoilerText: '',
      language: 'en',
      createdAtMs: 1,
      repliesCount: 0,
    };
    return encodeEvent({ kind: 'status', status, author, push: true, attempt: 0, receivedAtMs: Date.now() });
  });

for (const size of [1, 16, 50]) {
  const work = Array.from({ length: batches }, () => batchOf(size));
  await handle(batchOf(size));
  const before = (await metrics.deliveries.get()).values[0].value;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const batch of work) await handle(batch);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const delivered = (await metrics.deliveries.get()).values[0].value - before;
  const perSecond = Math.round(delivered / seconds).toLocaleString('en');
  const perCpu = Math.round(delivered / ((user + system) / 1e6)).toLocaleString('en');
  console.log(
    `${String(size).padStart(3)} statuses a batch: ${perSecond.padStart(9)} deliveries/s, ${perCpu.padStart(9)} per CPU-second`,
  );
}
console.log(`push items: ${pushes}`);
vectors.close();
memcached.kill();
