import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decode, encode, EMPTY_LEDGER, ExecutorCallSubscribe, type Ledger, TaskInfo } from '@murmur/engine';
import { CAUSES, type Cause } from './outcome-core.js';
import { PHASES, type Phase } from './phases-core.js';

/** What a new process of the same executor must know. The processes themselves are in the runner's checkpoint. */
export interface ExecutorRecord {
  readonly task: TaskInfo | null;
  readonly phase: Phase;
  readonly cause: Cause | null;
  readonly why: string;
  readonly agent: AgentFacts;
  readonly ledger: Ledger;
}

/** What SUBSCRIBED said. */
export interface AgentFacts {
  readonly hostname: string;
  /** The framework knows TASK_KILLING. */
  readonly killing: boolean;
  /** The framework knows TASK_DROPPED and its like. */
  readonly partitionAware: boolean;
}

export const NEW_RECORD: ExecutorRecord = {
  task: null,
  phase: 'idle',
  cause: null,
  why: '',
  agent: { hostname: '', killing: false, partitionAware: false },
  ledger: EMPTY_LEDGER,
};

/** Beside the checkpoints of the tasks; no task id begins with a dot. */
const FOLDER = '.executors';

export interface RecordFile {
  /** What an earlier process wrote; `NEW_RECORD` when there was none. */
  readonly found: ExecutorRecord;
  write(record: ExecutorRecord): void;
  remove(): void;
}

/** One small file per container, replaced as a whole. Throws when it is there and cannot be read. */
export function openRecord(checkpointRoot: string, directory: string): RecordFile {
  const folder = join(checkpointRoot, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The last part of a Mesos sandbox is the container's id.
  const path = join(folder, `${basename(directory)}.json`);
  return {
    found: read(path),
    write: (record) => {
      writeFileSync(`${path}.new`, print(record), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function print({ task, ledger, ...rest }: ExecutorRecord): string {
  const unacknowledged = encode(ExecutorCallSubscribe, {
    unacknowledged_tasks: ledger.tasks,
    unacknowledged_updates: ledger.updates.map((status) => ({ status })),
  });
  return JSON.stringify({
    version: 1,
    ...rest,
    task: task === null ? null : (JSON.parse(encode(TaskInfo, task)) as unknown),
    unacknowledged: JSON.parse(unacknowledged) as unknown,
  });
}

function read(path: string): ExecutorRecord {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NEW_RECORD;
    throw error;
  }
  const json = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { unacknowledged_tasks: tasks = [], unacknowledged_updates: updates = [] } = decode(
    ExecutorCallSubscribe,
    json['unacknowledged'],
  );
  return {
    task: json['task'] === null ? null : decode(TaskInfo, json['task']),
    phase: PHASES.find((phase) => phase === json['phase']) ?? 'idle',
    cause: CAUSES.find((cause) => cause === json['cause']) ?? null,
    why: typeof json['why'] === 'string' ? json['why'] : '',
    agent: { ...NEW_RECORD.agent, ...(json['agent'] as Partial<AgentFacts> | undefined) },
    ledger: { tasks, updates: updates.map(({ status }) => status) },
  };
}
