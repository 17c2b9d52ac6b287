import type { CommandInfo, ExecutorInfo, TaskInfo, TaskState } from '@murmur/engine';
import type { Termination } from '../containerizer/types.js';
import type { Run } from './model-core.js';
import { commandOverhead } from './run-resources-core.js';

/** Between SIGTERM and SIGKILL of a command task whose kill_policy says nothing, ms; as Mesos's command executor. */
export const COMMAND_GRACE_MS = 3_000;

/** Characters of a command that the executor's name quotes. */
const QUOTED_MAX = 15;

/**
 * The executor that Mesos would run for a command task. Here no process stands behind it: it is what endpoints show, and
 * where the overhead that Mesos counts is kept.
 */
export function commandExecutor(task: TaskInfo, frameworkId: string): ExecutorInfo {
  const id = task.task_id.value;
  return {
    executor_id: { value: id },
    framework_id: { value: frameworkId },
    ...(task.command === undefined ? {} : { command: task.command }),
    resources: commandOverhead(task),
    name: `Command Executor (Task: ${id}) (Command: ${quoteCommand(task.command ?? {})})`,
    source: id,
    ...(task.labels === undefined ? {} : { labels: task.labels }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
  };
}

function quoteCommand(command: CommandInfo): string {
  const shell = command.shell ?? true;
  if (command.value === undefined) return shell ? 'NO COMMAND' : 'NO EXECUTABLE';
  const text = shell ? command.value : [command.value, ...(command.arguments ?? [])].join(', ');
  const short = text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX - 3)}...` : text;
  return shell ? `sh -c '${short}'` : `[${short}]`;
}

/** `shell`: `/bin/sh -c value`; else `value` is the file and `arguments` are all of argv, argv[0] included. */
export function argvOf(command: CommandInfo): readonly string[] {
  const value = command.value ?? '';
  if (command.shell ?? true) return ['/bin/sh', '-c', value];
  return [value, ...(command.arguments ?? []).slice(1)];
}

/** Why this agent cannot run it, or null. */
export function unsupported(run: Run): string | null {
  const command = run.info.command;
  if (run.kind === 'custom' && run.info.type === 'DEFAULT')
    return "executor.type DEFAULT is not supported, allowed are executors with a 'command'";
  if (command?.value === undefined || command.value === '')
    return `${run.kind === 'custom' ? 'executor.command' : 'command'}.value is not set`;
  const infos = [run.info, ...[...run.tasks.values()].map((task) => task.info)];
  for (const { container } of infos) {
    if (container?.type === 'DOCKER' || container?.mesos?.image !== undefined)
      return 'container images are not supported, allowed is a command that the agent has';
  }
  const secret = command.environment?.variables?.find((each) => each.secret?.reference !== undefined);
  if (secret !== undefined)
    return `command.environment: ${secret.name} is a secret by reference, allowed are values`;
  if (run.kind === 'custom') return null;
  const [task] = run.tasks.values();
  if (task?.info.check !== undefined) return 'check is not supported for command tasks, health_check is';
  return unsupportedHealthCheck(task?.info);
}

function unsupportedHealthCheck(task: TaskInfo | undefined): string | null {
  const check = task?.health_check;
  if (check === undefined) return null;
  const fits =
    (check.type === 'COMMAND' && check.command?.value !== undefined) ||
    (check.type === 'HTTP' && check.http !== undefined) ||
    (check.type === 'TCP' && check.tcp !== undefined);
  return fits ? null : 'health_check needs a type COMMAND, HTTP or TCP and the field of that name';
}

/** What a command that has ended makes of its task; null where a limit ended it. */
export function commandVerdict(
  run: Run,
  termination: Termination,
): { readonly state: TaskState; readonly message: string; readonly timedOut: boolean } {
  const { status } = termination;
  const why = run.ending?.why;
  const timedOut = why === 'max-completion';
  const message =
    status === null ? 'Failed to get exit status for Command' : `Command ${describeWait(status)}`;
  if (status === null && why === undefined) return { state: 'TASK_FAILED', message, timedOut };
  if (timedOut) return { state: 'TASK_FAILED', message, timedOut };
  if (why === 'killed' || why === 'unhealthy') return { state: 'TASK_KILLED', message, timedOut };
  return { state: status === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message, timedOut };
}

/** waitpid's word in Mesos's words: `exited with status 7`, `terminated with signal Killed`. */
export function describeWait(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `exited with status ${(status >> 8) & 0xff}`;
  const core = (status & 0x80) === 0 ? '' : ' (core dumped)';
  return `terminated with signal ${SIGNAL_NAMES[signal] ?? `Unknown signal ${signal}`}${core}`;
}

/** strsignal(3) of glibc on Linux. */
const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  1: 'Hangup',
  2: 'Interrupt',
  3: 'Quit',
  4: 'Illegal instruction',
  5: 'Trace/breakpoint trap',
  6: 'Aborted',
  7: 'Bus error',
  8: 'Floating point exception',
  9: 'Killed',
  10: 'User defined signal 1',
  11: 'Segmentation fault',
  12: 'User defined signal 2',
  13: 'Broken pipe',
  14: 'Alarm clock',
  15: 'Terminated',
  16: 'Stack fault',
  24: 'CPU time limit exceeded',
  25: 'File size limit exceeded',
  26: 'Virtual timer expired',
  27: 'Profiling timer expired',
  29: 'I/O possible',
  30: 'Power failure',
  31: 'Bad system call',
};
