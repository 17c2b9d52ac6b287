import { readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shortPath } from './files.js';
import { localOptions } from './options.js';
import { CLUSTER, portOf, type Plan } from './specs.js';

/** Where a container's PATH leads to a `node` without being told. */
const USUAL_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin'];

/**
 * What a service reads when it starts: addresses and secrets, as a shell reads them, mode 0600. Answers whether it is another text than
 * the one that was there, so that what runs was started with the old one.
 */
export async function writeServiceEnvironment(plan: Plan): Promise<boolean> {
  const path = plan.layout.of('service.env');
  const variables = {
    MURMUR_ZK: `127.0.0.1:${portOf(plan, 'zookeeper')}`,
    MURMUR_CLUSTER_KEY: plan.clusterKey,
    MURMUR_MYSQL: plan.mysqlUrl,
    MURMUR_PUBLIC_URL: publicUrl(plan),
    MURMUR_RATE_LIMIT: String(plan.options.rateLimit),
    MURMUR_LOG_LEVEL: plan.options.logLevel,
  };
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`,
  );
  const before = await readFile(path, 'utf8').catch(() => null);
  const text = lines.join('');
  await replace(path, text);
  return before !== null && before !== text;
}

/** For the command line: `AURORA_CONFIG_ROOT` is this folder. */
export async function writeClusters(plan: Plan): Promise<void> {
  const entry = {
    name: CLUSTER,
    scheduler_uri: schedulerUrl(plan),
    auth_mechanism: 'TOKEN',
    token_file: plan.layout.of('scheduler-token'),
  };
  await replace(plan.layout.of('clusters.json'), `${JSON.stringify([entry], null, 2)}\n`);
}

/** What the configs are bound to here, as far as it is not their default: `--bind NAME=VALUE` of the command line. */
export function bindingsOf(plan: Plan): Readonly<Record<string, string>> {
  const { options, layout } = plan;
  const edgeRun = layout.of('edge');
  const all: readonly (readonly [string, string, boolean])[] = [
    ['profile.home', layout.root, true],
    ['profile.packages', options.packages, options.packages !== layout.of('packages')],
    ['profile.node', process.execPath, !USUAL_FOLDERS.some((folder) => existsSync(join(folder, 'node')))],
    ['profile.public_host', options.host, options.host !== localOptions.host.default],
    ['profile.public_port', String(plan.publicPort), plan.publicPort !== localOptions.port.default],
    ['profile.instances', String(options.instances), options.instances !== localOptions.instances.default],
    ['profile.edge_run', shortPath(edgeRun), shortPath(edgeRun) !== edgeRun],
  ];
  return Object.fromEntries(all.filter(([, , needed]) => needed).map(([name, value]) => [name, value]));
}

export function publicUrl(plan: Plan): string {
  return `http://${plan.options.host}:${plan.publicPort}`;
}

export function schedulerUrl(plan: Plan): string {
  return `http://127.0.0.1:${portOf(plan, 'scheduler')}`;
}

async function replace(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${String(process.pid)}.tmp`);
  await writeFile(beside, text, { mode: 0o600 });
  await rename(beside, path);
}
