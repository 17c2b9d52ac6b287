import { readFileSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { CHECKPOINT_FILE } from '../runner/checkpoint.js';
import { replayCheckpoint } from '../runner/checkpoint-core.js';
import { usageOf } from '../runner/proc.js';
import { isTerminal } from '../runner/states-core.js';
import type { ProcessView, TaskView } from '../runner/types.js';
import { PORTS_FILE } from '../executor/task.js';
import { diskBytes } from './files.js';
import { sampleOf, type Sample } from './usage-core.js';

/** A checkpoint larger than this is not one of ours, bytes. */
const CHECKPOINT_BYTES_MAX = 64 * 1024 * 1024;
/** Resource use is measured at most so often, ms, */
const USAGE_MS = 1_000;
/** and disk use, which costs a walk, so often. */
const DISK_MS = 60_000;

export interface ObservedTask {
  readonly view: TaskView;
  readonly ports: Readonly<Record<string, number>>;
  readonly isActive: boolean;
  readonly diskBytes: number;
}

export interface Tasks {
  /** Active ones first; the one that began (or ended) last before the others. */
  all(): readonly ObservedTask[];
  get(taskId: string): ObservedTask | undefined;
  /** Of the processes that run; measured now or a moment ago. */
  usage(taskId: string): Sample['processes'];
  /** Looks at the checkpoints now. */
  scan(): Promise<void>;
  /** Why the checkpoints cannot be looked at; null = they can. */
  problem(): string | null;
  stop(): void;
}

interface Known {
  task: ObservedTask;
  readonly stamp: string;
  diskAt: number;
  sample?: Sample;
}

/** Follows the checkpoints below `root`, and removes those of ended tasks whose sandbox the agent has removed. */
export function watchTasks(root: string, scanMs: number, log: Log): Tasks {
  const known = new Map<string, Known>();
  let problem: string | null = null;
  let sorted: readonly ObservedTask[] = [];

  const look = async (taskId: string): Promise<void> => {
    const path = join(root, taskId, CHECKPOINT_FILE);
    const { size, mtimeMs } = await stat(path);
    const stamp = `${size} ${mtimeMs}`;
    const before = known.get(taskId);
    if (before?.stamp !== stamp && size <= CHECKPOINT_BYTES_MAX) {
      const view = replayCheckpoint(await readFile(path, 'utf8'));
      if (view === null) return;
      const task = { view, ports: readPorts(root, taskId), isActive: !isTerminal(view.state), diskBytes: 0 };
      known.set(taskId, { task, stamp, diskAt: 0, ...(before?.sample && { sample: before.sample }) });
    }
    const now = known.get(taskId);
    if (now === undefined) return;
    if (!now.task.isActive && !(await isThere(now.task.view.sandbox))) {
      log.info({ taskId }, 'the sandbox is gone, so its checkpoint goes too');
      await rm(join(root, taskId), { recursive: true, force: true });
      known.delete(taskId);
    } else if (now.task.isActive && Date.now() - now.diskAt > DISK_MS) {
      now.diskAt = Date.now();
      now.task = { ...now.task, diskBytes: await diskBytes(now.task.view.sandbox) };
    }
  };
  const scan = async (): Promise<void> => {
    const names = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
      const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      problem = isAbsent ? null : `${root}: ${error instanceof Error ? error.message : String(error)}`;
      return [];
    });
    if (names.length > 0) problem = null;
    const found = new Set(
      names.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name),
    );
    for (const taskId of known.keys()) if (!found.has(taskId)) known.delete(taskId);
    for (const taskId of found)
      await look(taskId).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        log.warn({ taskId, err: error }, 'a checkpoint cannot be read');
      });
    sorted = [...known.values()].map(({ task }) => task).sort(byInterest);
  };

  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const loop = async (): Promise<void> => {
    await scan().catch((error: unknown) => log.warn({ err: error }, 'the checkpoints cannot be looked at'));
    if (!stopped) timer = setTimeout(() => void loop(), scanMs);
  };
  void loop();

  return {
    all: () => sorted,
    get: (taskId) => known.get(taskId)?.task,
    usage: (taskId) => measure(known.get(taskId)),
    scan,
    problem: () => problem,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function measure(known: Known | undefined): Sample['processes'] {
  if (known === undefined || !known.task.isActive) return [];
  const now = Date.now();
  const running = known.task.view.processes.flatMap(runningOf);
  const { sample } = known;
  const isSame = sample?.processes.map(({ pid }) => pid).join() === running.map(({ pid }) => pid).join();
  if (sample !== undefined && isSame && now - sample.at < USAGE_MS) return sample.processes;
  known.sample = sampleOf(usageOf(running), now, sample);
  return known.sample.processes;
}

function runningOf({
  name,
  state,
  runs,
  pid,
  startTicks,
}: ProcessView): Parameters<typeof usageOf>[0][number][] {
  return state === 'RUNNING' && pid !== null && startTicks !== null
    ? [{ name, run: runs - 1, pid, startTicks }]
    : [];
}

function byInterest(a: ObservedTask, b: ObservedTask): number {
  if (a.isActive !== b.isActive) return a.isActive ? -1 : 1;
  const at = ({ view }: ObservedTask): number => view.finishedAt ?? view.startedAt;
  return at(b) - at(a);
}

function readPorts(root: string, taskId: string): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(join(root, taskId, PORTS_FILE), 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
