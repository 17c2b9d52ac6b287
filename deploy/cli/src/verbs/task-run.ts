import type { TaskShape } from '@murmur/scheduler-api';
import { runCaptured, type Command, type Ended } from '../child.js';
import type { Context, Verb } from '../context.js';
import { CliError, EXIT, interrupted } from '../exit-core.js';
import { jobOf } from '../jobs.js';
import { formatKey, instanceKey, instancesOf } from '../keys-core.js';
import { expandRefs } from '../refs-core.js';
import { placeOf } from '../sandbox.js';
import type { Session } from '../session.js';
import { presentTask } from '../tasks-core.js';
import { localCommand, scopeOf, sshCommand } from '../task-command.js';

/** `task run`: its code is that of the first instance whose command failed. */
export const taskRun: Verb = async (context) => {
  const named = instanceKey(context.arg(0));
  const command = context.args.slice(1).join(' ');
  const session = await context.session(named.key.cluster);
  const { tasks } = await jobOf(session, named.key);
  const wanted = instancesOf(named);
  const live = tasks.filter(
    ({ active, agentId, instance }) => active && agentId !== null && (wanted?.includes(instance) ?? true),
  );
  if (live.length === 0)
    throw new CliError(
      'INVALID_PARAMETER',
      `${formatKey(named.key)}: none of these instances is on an agent`,
    );
  const present = live.filter((task) => presentTask(tasks, task.instance) === task);
  return runOnAll(context, session, present, command);
};

async function runOnAll(
  context: Context,
  session: Session,
  tasks: readonly TaskShape[],
  text: string,
): Promise<number> {
  const queue = [...tasks].sort((a, b) => a.instance - b.instance);
  const codes = new Map<number, number>();
  const worker = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const { code, output } = await runOn(context, session, task, text);
      if (context.io.signal?.aborted === true) throw interrupted();
      const lines = output === '' ? [] : output.replace(/\n$/, '').split('\n');
      for (const line of lines) context.out.line(`${task.instance} ${task.host ?? ''}:  ${line}`);
      codes.set(task.instance, code);
    }
  };
  const threads = Math.min(context.options.integer('--threads'), queue.length);
  await Promise.all(Array.from({ length: threads }, worker));
  const failed = [...codes].filter(([, code]) => code !== 0).sort(([a], [b]) => a - b);
  for (const [instance, code] of failed)
    context.out.note(`instance ${instance}: the command ended with ${code}`);
  return failed[0]?.[1] ?? EXIT.OK;
}

async function runOn(
  { io, options }: Context,
  session: Session,
  task: TaskShape,
  text: string,
): Promise<Ended> {
  const command = expandRefs(text, scopeOf(task));
  const place = await placeOf(session, task);
  const built: Command = place.local
    ? await localCommand(io, options, place, command)
    : sshCommand(options, task, place, command, ['-n', '-o', 'LogLevel=ERROR']);
  return runCaptured(io, built);
}
