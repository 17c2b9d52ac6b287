import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AgentInfo,
  ExecutorInfo,
  FrameworkInfo,
  Resource,
  TaskInfo,
  TaskStatus,
  decode,
} from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { ContainerRecord } from '../containerizer/types.js';
import type { Ending, Run } from './model-core.js';
import {
  AGENT_FILE,
  FRAMEWORK_FILE,
  RESOURCES_FILE,
  RUN_FILE,
  TASK_FILE,
  UPDATES_FILE,
} from './paths-core.js';
import type { StoredFramework, StoredRun, StoredTask } from './recover-core.js';
import type { UpdateRecord } from './status-update-core.js';

/**
 * What must survive a restart of the agent, as JSON files below `<work-dir>/meta`. All of it is synchronous: a file is there
 * before what it speaks of is done. A write survives the agent's death, not a loss of power: after one, nothing that
 * ran is left anyway.
 */
export interface Meta {
  readonly folder: string;
  write(path: string, value: unknown): void;
  append(path: string, value: unknown): void;
  remove(path: string): void;
  read(path: string): unknown;
}

export function openMeta(workDir: string): Meta {
  const folder = join(workDir, 'meta');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    folder,
    write: (path, value) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      const fresh = `${file}.new`;
      writeSynced(fresh, JSON.stringify(value));
      renameSync(fresh, file);
    },
    append: (path, value) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${JSON.stringify(value)}\n`);
    },
    remove: (path) => {
      rmSync(join(folder, path), { recursive: true, force: true });
    },
    read: (path) => {
      const file = join(folder, path);
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : null;
    },
  };
}

function writeSynced(file: string, text: string): void {
  const fd = openSync(file, 'w', 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export interface StoredAgent {
  readonly info: AgentInfo;
  /** With dynamic reservations, where there are any. */
  readonly resources: readonly Resource[] | null;
  readonly frameworks: readonly StoredFramework[];
  /** Runs and tasks whose files made no sense. */
  readonly errors: number;
}

/** What an earlier process of this agent left, or null where there was none. */
export function readStored(meta: Meta, log: Log): StoredAgent | null {
  const latest = meta.read('slaves/latest.info') as { readonly id?: string } | null;
  if (latest?.id === undefined) return null;
  const path = `slaves/${latest.id}`;
  const info = meta.read(`${path}/${AGENT_FILE}`);
  if (info === null) return null;
  const resources = meta.read(`${path}/${RESOURCES_FILE}`);
  let errors = 0;
  const tolerant = <T>(what: string, read: () => T | null): T[] => {
    try {
      const value = read();
      return value === null ? [] : [value];
    } catch (error) {
      errors += 1;
      log.error({ err: error, path: what }, 'recovery: not readable, left out');
      return [];
    }
  };
  const frameworks = list(meta, `${path}/frameworks`).flatMap((id) =>
    tolerant(id, () => readFramework(meta, `${path}/frameworks/${id}`, id, tolerant)),
  );
  return {
    info: decode(AgentInfo, info),
    resources: Array.isArray(resources) ? resources.map((each) => decode(Resource, each)) : null,
    frameworks,
    errors,
  };
}

type Tolerant = <T>(what: string, read: () => T | null) => T[];

function readFramework(meta: Meta, path: string, id: string, tolerant: Tolerant): StoredFramework | null {
  const info = meta.read(`${path}/${FRAMEWORK_FILE}`);
  if (info === null) return null;
  const runs = list(meta, `${path}/executors`).flatMap((executorId) =>
    list(meta, `${path}/executors/${executorId}/runs`).flatMap((containerId) => {
      const run = `${path}/executors/${executorId}/runs/${containerId}`;
      return tolerant(run, () => readRun(meta, run, executorId, containerId, tolerant));
    }),
  );
  return { id, info: decode(FrameworkInfo, info), runs };
}

function readRun(
  meta: Meta,
  path: string,
  executorId: string,
  containerId: string,
  tolerant: Tolerant,
): StoredRun | null {
  const stored = meta.read(`${path}/${RUN_FILE}`) as {
    readonly kind: Run['kind'];
    readonly executor_info: unknown;
    readonly record: ContainerRecord | null;
    readonly ending: Ending | null;
  } | null;
  if (stored === null) return null;
  const tasks = list(meta, `${path}/tasks`).flatMap((id) =>
    tolerant(`${path}/tasks/${id}`, () => readTask(meta, `${path}/tasks/${id}`)),
  );
  const { kind, record, ending } = stored;
  return {
    executorId,
    containerId,
    kind,
    info: decode(ExecutorInfo, stored.executor_info),
    record,
    ending,
    tasks,
  };
}

function readTask(meta: Meta, path: string): StoredTask | null {
  const info = meta.read(`${path}/${TASK_FILE}`);
  if (info === null) return null;
  return { info: decode(TaskInfo, info), updates: readUpdates(join(meta.folder, path, UPDATES_FILE)) };
}

/** A line that was cut by the agent's death was never acted on: it is taken off the file. */
function readUpdates(file: string): readonly UpdateRecord[] {
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(file, end);
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const record = JSON.parse(line) as {
      readonly update?: unknown;
      readonly ack?: string;
      readonly drop?: string;
    };
    if (record.update !== undefined) return { update: decode(TaskStatus, record.update) };
    return record.ack === undefined ? { drop: record.drop ?? '' } : { ack: record.ack };
  });
}

function list(meta: Meta, path: string): readonly string[] {
  const folder = join(meta.folder, path);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
