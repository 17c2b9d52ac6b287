import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onStopAll } from '@murmur/testkit';

const run = promisify(execFile);

/** A machine of its own: a network namespace with one cable to the test. */
export interface Host {
  readonly name: string;
  /** Its address, as the test and the master see it. */
  readonly ip: string;
  /** The test's end of the cable, as the machine sees it. */
  readonly gateway: string;
  /** `argv` run on that machine. */
  command(argv: readonly string[]): { command: string; args: string[] };
  /** Pulls the cable out... */
  cut(): Promise<void>;
  /** ...and puts it back. */
  heal(): Promise<void>;
}

/** Hosts `count` machines on 10.213.0.0/16, which is private and used by no network that a test machine is likely to be on. */
export async function createHosts(count: number): Promise<Host[]> {
  const hosts: Host[] = [];
  for (let i = 0; i < count; i += 1) hosts.push(await createHost(i));
  return hosts;
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}

/** Enters the namespace with nsenter: `ip netns exec` would mount a new /sys, in which there are no cgroups. */
async function createHost(index: number): Promise<Host> {
  const name = `mm${process.pid}-${index}`;
  const inner = `v${index}`;
  const net = `10.213.${process.pid % 256}`;
  const gateway = `${net}.${index * 4 + 1}`;
  const address = `${net}.${index * 4 + 2}`;
  await ip('netns', 'add', name);
  onStopAll(() => ip('netns', 'delete', name).catch(() => undefined)); // takes the cable along
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
  await ip('address', 'add', `${gateway}/30`, 'dev', name);
  await ip('link', 'set', name, 'up');
  const inside = [`--net=/var/run/netns/${name}`, '--', 'ip'];
  await run('nsenter', [...inside, 'address', 'add', `${address}/30`, 'dev', inner]);
  await run('nsenter', [...inside, 'link', 'set', inner, 'up']);
  await run('nsenter', [...inside, 'link', 'set', 'lo', 'up']);
  return {
    name,
    ip: address,
    gateway,
    command: (argv) => ({ command: 'nsenter', args: [`--net=/var/run/netns/${name}`, '--', ...argv] }),
    cut: () => ip('link', 'set', name, 'down'),
    heal: async () => {
      await ip('link', 'set', name, 'up');
    },
  };
}
