import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN_PATH_MAX } from '@murmur/edge';
import { httpProbe } from './probes.js';
import { CLUSTER_PATH, KESTRELS, numbered, portOf, SERVICES, type Plan, type TaskSpec } from './specs.js';

/** The house, from `deploy/local/src` and from `deploy/local/dist` alike. */
const HOUSE = fileURLToPath(new URL('../../../', import.meta.url));

/** Kestrel's configuration: which queues are on disk, and what bounds the others. */
const KESTREL_CONFIG = {
  maxOpenTransactions: 20_000,
  queues: [
    { name: 'statuses', fanoutOnly: true, children: ['fanout', 'persist'], maxItemSize: '1MiB' },
    {
      name: 'push-*',
      keepJournal: false,
      maxAge: '30s',
      maxItems: 200_000,
      maxSize: '64MiB',
      discardOldWhenFull: true,
    },
    {
      name: 'presence',
      fanoutOnly: true,
      keepJournal: false,
      maxAge: '30s',
      maxItems: 100_000,
      maxSize: '32MiB',
      discardOldWhenFull: true,
    },
    { name: 'poison', maxSize: '1GiB' },
  ],
};

/** Kestrel announces itself, by its status. */
export function kestrelSpecs(plan: Plan): TaskSpec[] {
  const config = plan.layout.of('kestrel.json');
  return numbered('kestrel', KESTRELS).map((name, shard) => {
    const adminPort = portOf(plan, `${name}-admin`);
    const queuePath = join(plan.layout.of(name), 'queues');
    const flags = {
      memcachePort: portOf(plan, name),
      adminPort,
      queuePath,
      config,
      zk: zkOf(plan),
      clusterPath: CLUSTER_PATH,
      instance: shard,
    };
    return {
      ...ours(plan, 'services/kestrel', flags),
      name,
      port: portOf(plan, name),
      probe: httpProbe(adminPort),
      needs: ['zookeeper'],
      sets: [],
      shard,
      beforeStart: async () => {
        await mkdir(queuePath, { recursive: true });
        await writeFile(config, `${JSON.stringify(KESTREL_CONFIG, null, 2)}\n`);
      },
    };
  });
}

export function serviceSpecs(plan: Plan): TaskSpec[] {
  return SERVICES.flatMap((job) =>
    numbered(job, plan.options.instances).map((name, shard) => {
      const port = portOf(plan, name);
      return {
        ...ours(plan, `services/${job}`, {
          port,
          instance: shard,
          zk: zkOf(plan),
          clusterPath: CLUSTER_PATH,
        }),
        name,
        port,
        probe: httpProbe(port),
        needs: ['zookeeper', 'mariadb'],
        sets: [`${CLUSTER_PATH}/${job}`],
        shard,
      };
    }),
  );
}

export function edgeSpec(plan: Plan): TaskSpec {
  const port = portOf(plan, 'edge');
  // Its socket lies there; a path too long for one makes the edge take a temporary folder.
  const runPath = plan.layout.of('edge');
  const flags = {
    port,
    ...(runPath.length <= RUN_PATH_MAX ? { runPath } : {}),
    publicHost: plan.options.host,
    publicPort: plan.publicPort,
    zk: zkOf(plan),
    clusterPath: CLUSTER_PATH,
  };
  return {
    ...ours(plan, 'deploy/edge', flags),
    name: 'edge',
    port,
    probe: httpProbe(port),
    needs: ['zookeeper'],
    sets: [],
    shard: 0,
  };
}

/** One of our own processes. Secrets go by environment: an argument list is for everybody to read. */
function ours(
  plan: Plan,
  folder: string,
  flags: Readonly<Record<string, string | number>>,
): Pick<TaskSpec, 'command' | 'args' | 'env'> {
  const main = join(HOUSE, folder, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error(`${folder}/dist/main.js is absent: build first (npm run build)`);
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${kebab(name)}`, String(value)]);
  return {
    command: process.execPath,
    args: [main, ...args],
    env: {
      NODE_ENV: 'production',
      MURMUR_CLUSTER_KEY: plan.clusterKey,
      MURMUR_MYSQL: plan.mysqlUrl,
      MURMUR_PUBLIC_URL: publicUrl(plan),
      MURMUR_RATE_LIMIT: String(plan.options.rateLimit),
      MURMUR_LOG_LEVEL: plan.options.logLevel,
    },
  };
}

export function publicUrl(plan: Plan): string {
  return `http://${plan.options.host}:${plan.publicPort}`;
}

function zkOf(plan: Plan): string {
  return `127.0.0.1:${portOf(plan, 'zookeeper')}`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
