import { instanceText } from '@murmur/job-config';
import type { ConfigJob } from '../model/config.js';

export interface DiffInput {
  /** What is submitted. */
  readonly configId: string;
  readonly config: ConfigJob;
  /** How many instances it wants: 0 to this, the last excluded. */
  readonly count: number;
  /** Only these are compared; null: all. */
  readonly only: ReadonlySet<number> | null;
  /** Active tasks of the job. */
  readonly tasks: Iterable<{ readonly instance: number; readonly configId: string }>;
  readonly configOf: (configId: string) => ConfigJob | null;
}

export interface DiffGroup {
  instances: string;
  count: number;
  from: ConfigJob | null;
  to: ConfigJob | null;
}

export interface JobDiff {
  /** Nothing would change. */
  same: boolean;
  add: DiffGroup[];
  remove: DiffGroup[];
  update: DiffGroup[];
  unchanged: DiffGroup[];
}

/** What it would change if a config were submitted: instances by what happens to them and by the config that they have. */
export function diffJob({ configId, config, count, only, tasks, configOf }: DiffInput): JobDiff {
  const meant = (instance: number): boolean => only?.has(instance) ?? true;
  const have = new Map([...tasks].map((task) => [task.instance, task.configId] as const));
  const add: number[] = [];
  const remove = new Map<string, number[]>();
  const update = new Map<string, number[]>();
  const unchanged = new Map<string, number[]>();
  for (let instance = 0; instance < count; instance++)
    if (meant(instance) && !have.has(instance)) add.push(instance);
  for (const [instance, id] of have) {
    if (!meant(instance)) continue;
    const kind = instance >= count ? remove : id === configId ? unchanged : update;
    const list = kind.get(id);
    if (list === undefined) kind.set(id, [instance]);
    else list.push(instance);
  }
  const groups = (map: ReadonlyMap<string, number[]>, to: ConfigJob | null): DiffGroup[] =>
    [...map]
      .map(([id, instances]) => group(instances, id === configId ? config : configOf(id), to))
      .sort((a, b) => parseInt(a.instances) - parseInt(b.instances));
  return {
    same: add.length + remove.size + update.size === 0,
    add: add.length === 0 ? [] : [group(add, null, config)],
    remove: groups(remove, null),
    update: groups(update, config),
    unchanged: groups(unchanged, config),
  };
}

function group(instances: readonly number[], from: ConfigJob | null, to: ConfigJob | null): DiffGroup {
  return { instances: instanceText(instances), count: instances.length, from, to };
}
