// What one delivery costs: appendMany against real memcached, beside the same bytes prepared beforehand.
// Usage: node shared/cache/bench/append.mjs [homes] [rounds]; prints appends per second and per CPU-second of this process.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createVectorCache } from '../dist/index.js';

const homes = Number(process.argv[2] ?? 50_000);
const rounds = Number(process.argv[3] ?? 20);
const ENTRY = Buffer.from('0123456789abcdef');
const BASE = 1_790_000_000_000n << 16n;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function startMemcached() {
  const port = await freePort();
  const child = spawn('memcached', [
    '-l',
    '127.0.0.1',
    '-p',
    String(port),
    '-t',
    '1',
    '-m',
    '512',
    '-u',
    'nobody',
  ]);
  return { port, stop: () => child.kill() };
}

function member(port, i) {
  return {
    name: `member_${i}`,
    serviceEndpoint: { host: '127.0.0.1', port },
    additionalEndpoints: {},
    status: 'ALIVE',
    shard: i,
  };
}

async function measure(name, count, run) {
  await run();
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < rounds; i++) await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  const total = count * rounds;
  console.log(
    `${name.padEnd(34)} ${Math.round(total / seconds)
      .toLocaleString('en')
      .padStart(11)}/s ${Math.round(total / cpuSeconds)
      .toLocaleString('en')
      .padStart(11)}/CPU-s`,
  );
}

for (const servers of [1, 2]) {
  const pool = await Promise.all(Array.from({ length: servers }, startMemcached));
  const members = pool.map(({ port }, i) => member(port, i));
  const cache = createVectorCache({
    serverSet: { members: () => members, onChange: () => () => undefined },
    log: { info: () => undefined, warn: console.warn },
  });
  const ids = Array.from({ length: homes }, (_, i) => BASE + BigInt(i * 7919));
  const keys = ids.map((id) => `home:${id}`);
  const absent = ids.map((id) => `gone:${id}`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const seed = async () => {
    for (let at = 0; at < keys.length; at += 1000)
      await Promise.all(
        keys
          .slice(at, at + 1000)
          .map((key) => cache.delete(key).then(() => cache.add(key, Buffer.alloc(0), 600))),
      );
  };
  await seed();
  await measure(`${servers} server(s), present`, homes, () => cache.appendMany(keys, ENTRY));
  await measure(`${servers} server(s), ids to keys too`, homes, () =>
    cache.appendMany(
      ids.map((id) => `home:${id}`),
      ENTRY,
    ),
  );
  await measure(`${servers} server(s), absent`, homes, () => cache.appendMany(absent, ENTRY));
  cache.close();
  for (const server of pool) server.stop();
}
