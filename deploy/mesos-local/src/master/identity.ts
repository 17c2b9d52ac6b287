import { networkInterfaces } from 'node:os';
import type { MasterInfo } from '@murmur/engine';
import { addressNumber } from './identity-core.js';
import type { MasterFlags } from './options.js';

/** The Mesos whose APIs this master speaks; tools look at it to know what they may ask for. */
export const MESOS_VERSION = '1.12.0';

const ANY = '0.0.0.0';

/** Who this master is, as it stands in ZooKeeper and in every SUBSCRIBED. */
export function masterInfo(flags: MasterFlags, id: string, port: number): MasterInfo {
  const ip = flags.advertiseIp !== '' ? flags.advertiseIp : flags.ip === ANY ? firstAddress() : flags.ip;
  const hostname = flags.hostname !== '' ? flags.hostname : ip.startsWith('127.') ? 'localhost' : ip;
  return {
    id,
    ip: addressNumber(ip),
    port,
    pid: `master@${ip}:${port}`,
    hostname,
    version: MESOS_VERSION,
    address: { hostname, ip, port },
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }],
  };
}

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((each) => each.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1';
}
