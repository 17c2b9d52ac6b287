import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '@murmur/engine';
import { silentLog } from '@murmur/service';
import { onStopAll, tempFolder } from '@murmur/testkit';
import {
  createContainerizer,
  openIsolation,
  probeThisMachine,
  type Containerizer,
  type ContainerizerOptions,
  type ContainerSpec,
  type Isolation,
} from '../../src/containerizer/index.js';
import { canMakeCgroups } from '../../src/containerizer/isolation.js';
import { allProcesses, markersInUse } from '../../src/containerizer/processes.js';
import type { Fetcher } from '../../src/fetcher/types.js';

const machine = probeThisMachine();

/** `it` where `reason` is null; else a test that says in its name that this was not tested, and why. */
export function itUnless(reason: string | null): (name: string, test: () => Promise<void>) => void {
  const run = reason === null ? it : it.skip;
  const suffix = reason === null ? '' : ` (NOT TESTED: ${reason})`;
  return (name, test) => run(name + suffix, test);
}

/** Why tests with real cgroup v1 cannot run here; null where they can. */
export function whyNoCgroupsV1(): string | null {
  const { cpu, memory, freezer } = machine.v1;
  if (cpu === undefined || memory === undefined || freezer === undefined) {
    return 'no writable cgroup v1 hierarchies cpu, memory and freezer';
  }
  return canMakeCgroups(memory, `murmur-probe-${randomBytes(4).toString('hex')}`)
    ? null
    : 'cgroups cannot be made';
}

export const isRoot = process.getuid?.() === 0;
export const v1 = machine.v1;
export const unified = machine.unified;

export const noFetcher: Fetcher = { fetch: () => Promise.resolve() };

export function scalar(name: string, value: number): Resource {
  return { name, type: 'SCALAR', scalar: { value } };
}

export interface Harness {
  readonly containerizer: Containerizer;
  readonly isolation: Isolation;
  readonly cgroupsRoot: string;
  readonly folder: string;
  readonly options: ContainerizerOptions;
  readonly spec: (argv: readonly string[], more?: Partial<ContainerSpec>) => ContainerSpec;
  /** A shell command. */
  readonly shell: (script: string, more?: Partial<ContainerSpec>) => ContainerSpec;
  /** Another one over the same cgroups and folders, as after a restart of the agent. */
  readonly again: () => Containerizer;
}

/** A containerizer of its own cgroup root; `stopAll` ends what is left of it and removes the cgroups. */
export async function harness(
  isolationNames: readonly string[],
  more: Partial<ContainerizerOptions> = {},
): Promise<Harness> {
  const folder = await tempFolder('containers');
  const cgroupsRoot = `murmur-test-${process.pid}-${randomBytes(4).toString('hex')}`;
  const isolation = openIsolation(isolationNames, cgroupsRoot, silentLog());
  const options: ContainerizerOptions = {
    isolation,
    cgroupsRoot,
    fetcher: noFetcher,
    enableCfs: false,
    enforceDiskQuota: true,
    switchUser: true,
    diskWatchIntervalMs: 50,
    logRotateIntervalMs: 50,
    watchIntervalMs: 50,
    log: silentLog(),
    now: Date.now,
    ...more,
  };
  const containerizer = createContainerizer(options);
  onStopAll(async () => {
    await containerizer.detach();
    const last = createContainerizer(options);
    const ids = new Set([
      ...isolation.isolator.list(),
      ...[...markersInUse(`${cgroupsRoot}/`)].map((marker) => marker.slice(cgroupsRoot.length + 1)),
    ]);
    await last.recover([]);
    await Promise.all([...ids].map((id) => last.wait(id)));
    await last.detach();
    removeRoots(cgroupsRoot);
  });
  const spec = (argv: readonly string[], specMore: Partial<ContainerSpec> = {}): ContainerSpec => {
    const containerId = randomUUID();
    const sandbox = join(folder, containerId, 'sandbox');
    mkdirSync(sandbox, { recursive: true });
    return {
      containerId,
      sandbox,
      metaFolder: join(folder, containerId, 'meta'),
      argv,
      env: { HELLO: 'world' },
      user: null,
      uris: [],
      resources: [scalar('cpus', 0.5), scalar('mem', 64)],
      limits: {},
      logSizeMax: 1024 * 1024,
      logFilesMax: 2,
      ...specMore,
    };
  };
  return {
    containerizer,
    isolation,
    cgroupsRoot,
    folder,
    options,
    spec,
    shell: (script, specMore) => spec(['/bin/sh', '-c', script], specMore),
    again: () => createContainerizer(options),
  };
}

function removeRoots(cgroupsRoot: string): void {
  const mounts = new Set([...(Object.values(v1) as string[]), ...(unified === null ? [] : [unified.mount])]);
  for (const mount of mounts) {
    const root = join(mount, cgroupsRoot);
    if (existsSync(root)) rmdirSync(root);
  }
}

export function stdoutOf(spec: ContainerSpec): string {
  return readFileSync(join(spec.sandbox, 'stdout'), 'utf8');
}

export function stderrOf(spec: ContainerSpec): string {
  return readFileSync(join(spec.sandbox, 'stderr'), 'utf8');
}

/** Pids of processes whose command line holds this text. */
export function processesWith(text: string): readonly number[] {
  return allProcesses()
    .map((stat) => stat.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });
}

/** Cgroups of a container that are still there. */
export function cgroupsOf(cgroupsRoot: string, containerId: string): readonly string[] {
  return (Object.values(v1) as string[]).flatMap((mount) => {
    const root = join(mount, cgroupsRoot);
    return existsSync(root) ? readdirSync(root).filter((name) => name === containerId) : [];
  });
}
