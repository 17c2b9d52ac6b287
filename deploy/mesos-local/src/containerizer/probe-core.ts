import type { Hierarchies } from './cgroups-v1.js';
import type { Unified } from './cgroups-v2.js';

/** The cgroups that a machine has, as far as containers need them. */
export interface Machine {
  readonly unified: Unified | null;
  readonly v1: Hierarchies;
}

export interface MachineFacts {
  /** /proc/self/mountinfo */
  readonly mountinfo: string;
  /** /proc/cgroups */
  readonly cgroups: string;
  /** cgroup.controllers of a cgroup2 mount; null where it cannot be read. */
  readonly controllersOf: (mount: string) => string | null;
}

/** What a container needs of the machine. */
export interface IsolationPlan {
  readonly version: 'none' | 'v1' | 'v2';
  readonly hierarchies: Hierarchies;
  readonly unified: Unified | null;
  /** Whether sandboxes are measured. */
  readonly disk: boolean;
  /** What `auto` could not have, and why. */
  readonly missing: readonly string[];
}

export class IsolationError extends Error {
  override readonly name = 'IsolationError';
}

const V1_CONTROLLERS = ['cpu', 'cpuacct', 'memory', 'freezer', 'pids'] as const;
const V2_CONTROLLERS = ['cpu', 'memory', 'pids'] as const;
export const ISOLATORS = [
  ...[
    'auto',
    'posix/cpu',
    'posix/mem',
    'cgroups/cpu',
    'cgroups/mem',
    'disk/du',
    'posix/disk',
    'filesystem/posix',
  ],
] as const;

/** Reads a machine's cgroups from texts of /proc. Pure. Read-only mounts and disabled controllers do not count. */
export function probeMachine(facts: MachineFacts): Machine {
  const enabled = enabledControllers(facts.cgroups);
  const v1: { -readonly [K in keyof Hierarchies]: string } = {};
  let unified: Unified | null = null;
  for (const mount of mounts(facts.mountinfo)) {
    if (!mount.writable) continue;
    if (mount.type === 'cgroup') {
      for (const controller of V1_CONTROLLERS) {
        if (mount.options.includes(controller) && enabled(controller)) v1[controller] ??= mount.point;
      }
    } else if (mount.type === 'cgroup2') {
      const has = (facts.controllersOf(mount.point) ?? '').trim().split(/\s+/);
      const controllers = V2_CONTROLLERS.filter((controller) => has.includes(controller));
      unified ??= { mount: mount.point, controllers };
    }
  }
  return { unified, v1 };
}

/**
 * Chooses how to isolate: cgroup v2 where it has what is asked for, else v1, else nothing. Throws IsolationError for an
 * unknown name and for an isolator that the machine does not have; `auto` takes what there is.
 */
export function planIsolation(names: readonly string[], machine: Machine): IsolationPlan {
  const known: readonly string[] = ISOLATORS;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new IsolationError(`isolation: ${JSON.stringify(unknown)} is none of ${ISOLATORS.join(', ')}`);
  }
  const auto = names.includes('auto');
  const wants = {
    cpu: auto || names.includes('cgroups/cpu'),
    memory: auto || names.includes('cgroups/mem'),
  };
  const disk = names.includes('disk/du') || names.includes('posix/disk');
  const wanted = (['cpu', 'memory'] as const).filter((controller) => wants[controller]);
  const has = (controller: 'cpu' | 'memory'): boolean =>
    usesUnified(machine, wanted) || machine.v1[controller] !== undefined;
  const missing = wanted.filter((controller) => !has(controller)).map(nameOf);
  if (missing.length > 0 && !auto) {
    throw new IsolationError(
      `isolation: ${missing.join(', ')} needs a writable cgroup (v1 or v2) with that controller; this machine has none. ` +
        'Allowed here: auto, posix/cpu, posix/mem, disk/du',
    );
  }
  return { ...planFor(machine, wanted), disk, missing };
}

function planFor(
  machine: Machine,
  wanted: readonly ('cpu' | 'memory')[],
): Pick<IsolationPlan, 'version' | 'hierarchies' | 'unified'> {
  const { unified, v1 } = machine;
  if (wanted.length > 0 && unified !== null && usesUnified(machine, wanted)) {
    const controllers = unified.controllers.filter((name) => name === 'pids' || wanted.includes(name));
    return { version: 'v2', hierarchies: {}, unified: { mount: unified.mount, controllers } };
  }
  const hierarchies: Hierarchies = {
    ...(wanted.includes('cpu') ? pick(v1, ['cpu', 'cpuacct']) : {}),
    ...(wanted.includes('memory') ? pick(v1, ['memory']) : {}),
  };
  if (Object.keys(hierarchies).length === 0) return { version: 'none', hierarchies: {}, unified: null };
  return { version: 'v1', hierarchies: { ...hierarchies, ...pick(v1, ['freezer', 'pids']) }, unified: null };
}

function usesUnified(machine: Machine, wanted: readonly ('cpu' | 'memory')[]): boolean {
  const { unified } = machine;
  return unified !== null && wanted.every((controller) => unified.controllers.includes(controller));
}

function nameOf(controller: 'cpu' | 'memory'): string {
  return controller === 'cpu' ? 'cgroups/cpu' : 'cgroups/mem';
}

function pick(all: Hierarchies, names: readonly (keyof Hierarchies)[]): Hierarchies {
  return Object.fromEntries(names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}

interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
  readonly writable: boolean;
}

/** Lines of mountinfo, proc(5): `id parent dev root point options ... - type source superoptions`. */
function mounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ', 2);
    const [, , , , point, options = ''] = left.split(' ');
    const [type, , superOptions = ''] = right.split(' ');
    if (point === undefined || type === undefined) return [];
    return [
      {
        point: point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        ),
        type,
        options: superOptions.split(','),
        writable: options.split(',').includes('rw'),
      },
    ];
  });
}

/** Lines of /proc/cgroups: `name hierarchy cgroups enabled`. A controller that is not listed counts as there. */
function enabledControllers(text: string): (controller: string) => boolean {
  const disabled = new Set(
    text
      .split('\n')
      .map((line) => line.split('\t'))
      .filter((columns) => columns[3] === '0')
      .map(([name]) => name),
  );
  return (controller) => !disabled.has(controller);
}
