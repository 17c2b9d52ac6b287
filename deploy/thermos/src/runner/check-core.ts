import { DEFAULT_ROTATE, type RunnerLogger, type RunnerProcess, type RunnerTask } from './types.js';

export const PROCESSES_MAX = 1_000;
export const BACKUPS_MAX = 1_000;
/** Room for `.<backup>` and the like: a file name has 255 bytes. */
export const NAME_BYTES_MAX = 200;
/** The kernel's bound for one argument, MAX_ARG_STRLEN: 32 pages. */
export const CMDLINE_BYTES_MAX = 131_071;

const NAME = /^[^./][^/]*$/;

/** What is wrong with the graph, a sentence each; empty = it can run. */
export function checkTask(task: RunnerTask): readonly string[] {
  const { processes, constraints } = task;
  const problems = [...checkNumbers(task), ...processes.flatMap(checkProcess)];
  if (processes.length === 0 || processes.length > PROCESSES_MAX) {
    problems.push(`task.processes: has ${processes.length}, allowed are 1 to ${PROCESSES_MAX}`);
  }
  const names = processes.map(({ name }) => name);
  for (const name of new Set(names.filter((name, i) => names.indexOf(name) !== i))) {
    problems.push(`task.processes: the name "${name}" occurs more than once`);
  }
  const byName = new Map(processes.map((process) => [process.name, process]));
  for (const { order = [] } of constraints) problems.push(...checkOrder(order, byName));
  if (problems.length === 0) {
    const cyclic = inCycle(task);
    if (cyclic.length > 0) problems.push(`task.constraints: ${cyclic.join(', ')} wait for one another`);
  }
  return problems;
}

function checkNumbers(task: RunnerTask): string[] {
  const fields = ['max_failures', 'max_concurrency', 'finalization_wait'] as const;
  return fields
    .filter((field) => !isCount(task[field]))
    .map((field) => `task.${field}: ${task[field]} is not an integer from 0 up`);
}

function checkProcess(process: RunnerProcess): string[] {
  const problems: string[] = [];
  const at = `process "${process.name}"`;
  if (!NAME.test(process.name) || process.name.includes('\0') || utf8Bytes(process.name) > NAME_BYTES_MAX) {
    problems.push(`${at}: a name has no "/", no leading "." and at most ${NAME_BYTES_MAX} bytes`);
  }
  if (process.cmdline.includes('\0') || utf8Bytes(process.cmdline) > CMDLINE_BYTES_MAX) {
    problems.push(`${at}: a cmdline has no NUL and at most ${CMDLINE_BYTES_MAX} bytes`);
  }
  for (const field of ['max_failures', 'min_duration'] as const) {
    if (!isCount(process[field]))
      problems.push(`${at}: ${field} ${process[field]} is not an integer from 0 up`);
  }
  if (process.logger !== undefined) problems.push(...checkLogger(`${at}: logger`, process.logger));
  return problems;
}

export function checkLogger(at: string, { rotate = DEFAULT_ROTATE }: RunnerLogger): readonly string[] {
  const problems: string[] = [];
  if (!isCount(rotate.log_size) || rotate.log_size === 0) {
    problems.push(`${at}.rotate.log_size: ${rotate.log_size} is not an integer from 1 up`);
  }
  if (!isCount(rotate.backups) || rotate.backups > BACKUPS_MAX) {
    problems.push(`${at}.rotate.backups: ${rotate.backups} is not an integer from 0 to ${BACKUPS_MAX}`);
  }
  return problems;
}

function checkOrder(order: readonly string[], byName: ReadonlyMap<string, RunnerProcess>): string[] {
  const problems: string[] = [];
  for (const [i, name] of order.entries()) {
    const process = byName.get(name);
    if (process === undefined) problems.push(`task.constraints: order names "${name}", which is no process`);
    const before = byName.get(order[i - 1] ?? '');
    if (process === undefined || before === undefined) continue;
    const pair = `task.constraints: "${name}" is ordered after "${before.name}"`;
    if (before.daemon) problems.push(`${pair}, a daemon, which never finishes`);
    if (before.ephemeral && !process.ephemeral) {
      problems.push(`${pair}, which is ephemeral; only an ephemeral process may be`);
    }
    if (before.final !== process.final) problems.push(`${pair}; only one of them is final`);
  }
  return problems;
}

/** The names left when all that wait for nothing (any more) are taken away, again and again. */
function inCycle(task: RunnerTask): readonly string[] {
  const left = new Set(task.processes.map(({ name }) => name));
  const pairs = task.constraints.flatMap(({ order = [] }) =>
    order.slice(1).map((name, i) => [order[i], name] as const),
  );
  for (let size = -1; size !== left.size;) {
    size = left.size;
    for (const name of left) {
      if (!pairs.some(([before, after]) => after === name && left.has(before ?? ''))) left.delete(name);
    }
  }
  return [...left];
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}
