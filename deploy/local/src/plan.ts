import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StartError } from '@murmur/service';
import { isFree, portRangesIn, portsIn, secretIn, type Layout } from './files.js';
import type { LocalOptions } from './options.js';
import { HOUSE } from './package/catalogue.js';
import { AGENTS, PORT_NAMES, type Plan } from './specs.js';

/** Where `scripts/package` puts things when it is not told. */
const PACKAGES = join(HOUSE, '.murmur/packages');

/**
 * Ports, secrets and places, made or found in the folder. Throws when a port that was asked for belongs to another process, but for the
 * public one after a launcher that did not come to its end: the edge has outlived it.
 */
export async function planOf(given: LocalOptions, layout: Layout): Promise<Plan> {
  const options = { ...given, packages: given.packages === '' ? PACKAGES : resolve(given.packages) };
  const found = await portsIn(layout.of('ports.json'), PORT_NAMES, Math.random, ['public']);
  const publicPort = options.port === 0 ? (found.get('public') ?? 0) : options.port;
  const ports = new Map(found);
  if (options.schedulerPort !== 0) ports.set('scheduler', options.schedulerPort);
  const outlived = (await readFile(layout.of('launcher.json'), 'utf8').catch(() => '')).includes(
    `:${publicPort}"`,
  );
  if (!outlived && !(await isFree(publicPort, options.host)))
    throw new StartError(`--port: ${options.host}:${publicPort} is taken by another process`);
  if (options.schedulerPort !== 0 && !(await isFree(options.schedulerPort)))
    throw new StartError(`--scheduler-port: 127.0.0.1:${options.schedulerPort} is taken by another process`);
  const dbPassword = await secretIn(layout.of('db-password'));
  return {
    options,
    layout,
    ports,
    agentPorts: await portRangesIn(
      layout.of('port-ranges.json'),
      AGENTS.map(({ name }) => name),
      Math.random,
    ),
    publicPort,
    clusterKey: await secretIn(layout.of('cluster-key')),
    schedulerToken: await secretIn(layout.of('scheduler-token')),
    dbPassword,
    mysqlUrl: `mysql://murmur:${dbPassword}@127.0.0.1:${ports.get('mariadb') ?? 0}/murmur`,
  };
}
