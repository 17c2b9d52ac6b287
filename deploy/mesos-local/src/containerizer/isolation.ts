import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { makeCgroup, readControl, removeCgroup } from './cgroup-files.js';
import { cgroupsV1 } from './cgroups-v1.js';
import { cgroupsV2 } from './cgroups-v2.js';
import { noIsolator, type Isolator } from './isolator.js';
import {
  IsolationError,
  planIsolation,
  probeMachine,
  type IsolationPlan,
  type Machine,
} from './probe-core.js';

export interface Isolation {
  readonly isolator: Isolator;
  readonly plan: IsolationPlan;
}

/** The cgroups that this process can write. Nothing is changed. */
export function probeThisMachine(): Machine {
  const machine = probeMachine({
    mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    cgroups: readText('/proc/cgroups'),
    controllersOf: (mount) => readControl(mount, 'cgroup.controllers'),
  });
  const { unified } = machine;
  return {
    unified: unified !== null && writable(unified.mount) ? unified : null,
    v1: Object.fromEntries(Object.entries(machine.v1).filter(([, mount]) => writable(mount as string))),
  };
}

/**
 * Sets up the isolation of these names (`ISOLATORS`) below `cgroupsRoot`, a relative path. Throws IsolationError where the
 * machine has not what is asked for; with `auto` that is logged instead.
 */
export function openIsolation(names: readonly string[], cgroupsRoot: string, log: Log): Isolation {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(cgroupsRoot)) {
    throw new IsolationError(
      `cgroups_root: ${JSON.stringify(cgroupsRoot)} is not a relative path of letters, digits, "-", "_", "."`,
    );
  }
  const plan = planIsolation(names, probeThisMachine());
  const isolator = isolatorOf(plan, cgroupsRoot);
  if (!names.includes('auto') || plan.version === 'none') {
    if (plan.missing.length > 0) log.warn({ missing: plan.missing }, 'isolation: accounting only for these');
    return { isolator, plan };
  }
  try {
    tryOut(isolator);
  } catch (error) {
    log.warn({ err: error }, 'isolation: cgroups are there but do not work; accounting only');
    return {
      isolator: noIsolator(),
      plan: { ...plan, version: 'none', missing: ['cgroups/cpu', 'cgroups/mem'] },
    };
  }
  if (plan.missing.length > 0) log.warn({ missing: plan.missing }, 'isolation: accounting only for these');
  return { isolator, plan };
}

function isolatorOf(plan: IsolationPlan, cgroupsRoot: string): Isolator {
  if (plan.unified !== null) return cgroupsV2(plan.unified, cgroupsRoot);
  return plan.version === 'v1' ? cgroupsV1(plan.hierarchies, cgroupsRoot) : noIsolator();
}

/** Controllers can be listed and yet refuse: a cgroup of another manager, or one with processes of its own. */
function tryOut(isolator: Isolator): void {
  const containerId = `probe-${process.pid}`;
  try {
    isolator.create(containerId);
    isolator.apply(
      containerId,
      {
        cpus: 1,
        cpuLimit: null,
        memSoftBytes: 2 ** 30,
        memHardBytes: 2 ** 30,
        hasMem: true,
        diskBytes: null,
      },
      true,
    );
  } finally {
    isolator.remove(containerId);
  }
}

/** Makes and removes a cgroup of that name, to see whether one can. For tests that need real cgroups. */
export function canMakeCgroups(mount: string, name: string): boolean {
  try {
    makeCgroup(join(mount, name));
    return removeCgroup(join(mount, name));
  } catch {
    return false;
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
