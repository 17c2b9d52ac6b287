/**
 * The checkpoint of one task: `events.jsonl`, a record of JSON per line, appended at every change of state. The first line is
 * the task; then come `state` records of the task and `process` records, each whole, so that the last one of a kind counts.
 * A last line without its end was torn by a crash and never happened. Its size is bounded by the runs that a process may have:
 * each run writes at most `RECORDS_PER_RUN_MAX` lines.
 *
 *     {"type":"task","version":1,"at":..,"taskId":..,"sandbox":..,"user":..,"task":{..}}
 *     {"type":"process","at":..,"name":..,"state":"FORKED","runs":1,"failures":0,"pid":null,"startTicks":null,..}
 *     {"type":"state","at":..,"state":"CLEANING","verdict":"KILLED","reason":..,"endedAt":..,"cleanBy":..,"finishedAt":null}
 */
import { newGraph, type Graph, type Verdict } from './graph-core.js';
import {
  PROCESS_STATES,
  RunnerError,
  TASK_STATES,
  type ProcessView,
  type RunnerTask,
  type TaskView,
} from './types.js';

export const CHECKPOINT_VERSION = 1;
/** FORKED, RUNNING, the end, and what follows it if that is a state of its own. */
export const RECORDS_PER_RUN_MAX = 4;

export interface CheckpointHeader {
  readonly taskId: string;
  readonly sandbox: string;
  readonly user: string | null;
  readonly task: RunnerTask;
}

export interface Checkpoint extends CheckpointHeader {
  readonly graph: Graph;
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
}

const VERDICTS = ['SUCCESS', 'FAILED', 'KILLED'] as const satisfies readonly Verdict[];

export function encodeHeader(header: CheckpointHeader, at: number): string {
  return line({ type: 'task', version: CHECKPOINT_VERSION, at, ...header });
}

/** The records of what changed between two graphs; empty if nothing that is kept did. */
export function encodeChanges(before: Graph, after: Graph, at: number): string {
  let text = '';
  for (const [name, run] of after.runs) {
    const old = before.runs.get(name);
    if (old !== run && JSON.stringify(old) !== JSON.stringify(run))
      text += line({ type: 'process', at, ...run });
  }
  if (before.state !== after.state || before.cleanBy !== after.cleanBy) {
    const { state, verdict, reason, endedAt, cleanBy, finishedAt } = after;
    text += line({ type: 'state', at, state, verdict, reason, endedAt, cleanBy, finishedAt });
  }
  return text;
}

/**
 * Reads a checkpoint. Null: not even its first line is whole, so nothing was started. Throws `RunnerError` with the line's
 * number for anything but a torn end.
 */
export function readCheckpoint(text: string): Checkpoint | null {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first, ...rest] = whole.split('\n').slice(0, -1);
  if (first === undefined) return null;
  const header = headerOf(parsed(first, 1));
  let graph = newGraph(header.task, header.at);
  for (const [i, text] of rest.entries()) graph = applied(graph, parsed(text, i + 2), i + 2);
  const { taskId, sandbox, user, task } = header;
  return { taskId, sandbox, user, task, graph, wholeBytes: Buffer.byteLength(whole) };
}

/** What an observer shows of a task, from the text of its checkpoint; null while it has none. Throws as `readCheckpoint`. */
export function replayCheckpoint(text: string): TaskView | null {
  const checkpoint = readCheckpoint(text);
  return checkpoint === null ? null : viewOf(checkpoint, checkpoint.graph);
}

export function viewOf({ taskId, sandbox, user, task }: CheckpointHeader, graph: Graph): TaskView {
  const { state, reason, startedAt, finishedAt, runs } = graph;
  return { taskId, task, state, reason, sandbox, user, startedAt, finishedAt, processes: [...runs.values()] };
}

type Fields = Readonly<Record<string, unknown>>;

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

function parsed(text: string, number: number): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // Said below.
  }
  throw new RunnerError(`checkpoint line ${number}: is not a JSON object`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function headerOf(fields: Fields): CheckpointHeader & { readonly at: number } {
  const { type, version, task } = fields;
  if (type !== 'task' || version !== CHECKPOINT_VERSION) {
    const found = `${String(type)} of version ${String(version)}`;
    throw new RunnerError(`checkpoint line 1: ${found}, wanted task of version ${CHECKPOINT_VERSION}`);
  }
  if (!isTask(task)) throw new RunnerError('checkpoint line 1: task is not a task');
  const user = fields['user'] === null ? null : text(fields, 'user', 1);
  const at = count(fields, 'at', 1);
  return { at, taskId: text(fields, 'taskId', 1), sandbox: text(fields, 'sandbox', 1), user, task };
}

function isTask(value: unknown): value is RunnerTask {
  return isFields(value) && Array.isArray(value['processes']) && Array.isArray(value['constraints']);
}

function applied(graph: Graph, fields: Fields, number: number): Graph {
  if (fields['type'] === 'state') {
    const reason = fields['reason'] === null ? null : text(fields, 'reason', number);
    return {
      ...graph,
      state: oneOf(TASK_STATES, fields, 'state', number),
      verdict: fields['verdict'] === null ? null : oneOf(VERDICTS, fields, 'verdict', number),
      reason,
      endedAt: countOrNull(fields, 'endedAt', number),
      cleanBy: countOrNull(fields, 'cleanBy', number),
      finishedAt: countOrNull(fields, 'finishedAt', number),
    };
  }
  if (fields['type'] !== 'process') {
    throw new RunnerError(
      `checkpoint line ${number}: type ${String(fields['type'])}, allowed are state, process`,
    );
  }
  const run = runOf(fields, number);
  if (!graph.runs.has(run.name)) {
    throw new RunnerError(`checkpoint line ${number}: "${run.name}" is no process of the task`);
  }
  return { ...graph, runs: new Map(graph.runs).set(run.name, run) };
}

function runOf(fields: Fields, number: number): ProcessView {
  return {
    name: text(fields, 'name', number),
    state: oneOf(PROCESS_STATES, fields, 'state', number),
    runs: count(fields, 'runs', number),
    failures: count(fields, 'failures', number),
    pid: countOrNull(fields, 'pid', number),
    startTicks: countOrNull(fields, 'startTicks', number),
    returnCode: countOrNull(fields, 'returnCode', number),
    forkedAt: countOrNull(fields, 'forkedAt', number),
    startedAt: countOrNull(fields, 'startedAt', number),
    finishedAt: countOrNull(fields, 'finishedAt', number),
  };
}

function text(fields: Fields, name: string, number: number): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new RunnerError(`checkpoint line ${number}: ${name} is not a string`);
}

function count(fields: Fields, name: string, number: number): number {
  const value = fields[name];
  if (typeof value === 'number') return value;
  throw new RunnerError(`checkpoint line ${number}: ${name} is not a number`);
}

function countOrNull(fields: Fields, name: string, number: number): number | null {
  return fields[name] === null ? null : count(fields, name, number);
}

function oneOf<const T extends string>(
  allowed: readonly T[],
  fields: Fields,
  name: string,
  number: number,
): T {
  const value = allowed.find((state) => state === fields[name]);
  if (value !== undefined) return value;
  const found = String(fields[name]);
  throw new RunnerError(`checkpoint line ${number}: ${name} ${found}, allowed are ${allowed.join(', ')}`);
}
