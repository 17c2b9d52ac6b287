import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TaskShape } from '@murmur/scheduler-api';
import { runInteractive, type Command } from '../child.js';
import type { Context, Verb } from '../context.js';
import { messageOf } from '../errors-core.js';
import { CliError } from '../exit-core.js';
import { jobOf } from '../jobs.js';
import { formatKey, instanceKey, instancesOf } from '../keys-core.js';
import { expandRefs, readTunnel } from '../refs-core.js';
import { placeOf, type Place } from '../sandbox.js';
import { localCommand, scopeOf, sshCommand } from '../task-command.js';
import { openTunnel, type Tunnel } from '../tunnel.js';

/** `task ssh`: gives the child's code. */
export const taskSsh: Verb = async (context) => {
  const { io, options } = context;
  const named = instanceKey(context.arg(0));
  const instances = instancesOf(named);
  const text = options.text('--command');
  if (instances === undefined && text !== undefined)
    throw new CliError('INVALID_PARAMETER', 'task ssh: with -c the instance must be named');
  const session = await context.session(named.key.cluster);
  const { tasks } = await jobOf(session, named.key);
  const task = tasks.find(
    ({ active, agentId, instance }) => active && agentId !== null && (instances?.includes(instance) ?? true),
  );
  if (task === undefined)
    throw new CliError('INVALID_PARAMETER', `${formatKey(named.key)}: no such instance is on an agent`);
  const scope = scopeOf(task);
  const command = text === undefined ? undefined : expandRefs(text, scope);
  const wanted = options.list('--tunnels').map((tunnel) => readTunnel(tunnel, scope));
  const place = await placeOf(session, task);
  const tunnels: Tunnel[] = [];
  try {
    if (place.local)
      for (const { local, remote } of wanted) tunnels.push(await openTunnel(local, place.host, remote));
    const built = place.local
      ? await localCommand(io, options, place, command)
      : remote(context, task, place, command, wanted);
    return await runInteractive(io, built, ({ pid }) => void savePid(context, pid));
  } finally {
    for (const tunnel of tunnels) tunnel.close();
  }
};

function remote(
  { options }: Context,
  task: TaskShape,
  place: Place,
  command: string | undefined,
  tunnels: readonly { readonly local: number; readonly remote: number }[],
): Command {
  const flags = tunnels.flatMap((tunnel) => ['-L', `${tunnel.local}:${place.host}:${tunnel.remote}`]);
  return sshCommand(options, task, place, command ?? 'bash', ['-t', ...flags]);
}

async function savePid({ io, options, out }: Context, pid: number | undefined): Promise<void> {
  const file = options.text('--pid-file');
  if (file === undefined || pid === undefined) return;
  await writeFile(resolve(io.cwd, file), String(pid)).catch((error: unknown) => {
    out.note(`--pid-file: ${messageOf(error)}`);
  });
}
