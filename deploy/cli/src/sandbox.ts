import { stat } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { TaskShape } from '@murmur/scheduler-api';
import { causeOf } from './errors-core.js';
import { CliError } from './exit-core.js';
import type { Session } from './session.js';

const AGENT_TIMEOUT_MS = 10_000;
/** Where Thermos has the task, in the executor's sandbox. */
const TASK_FOLDER = 'sandbox';

/** Where a task is. */
export interface Place {
  readonly host: string;
  /** Whether that is this machine. */
  readonly local: boolean;
  /** The executor's sandbox on that host. */
  readonly directory: string;
}

/** Asks the task's agent for its sandbox. Throws CliError COMMAND_FAILURE where there is none, NETWORK_ERROR where the agent is silent. */
export async function placeOf(session: Session, task: TaskShape): Promise<Place> {
  if (task.agentId === null || task.host === null)
    throw new CliError('COMMAND_FAILURE', `instance ${task.instance} is ${task.state}: it is on no agent`);
  const agent = await session.call('agent', { params: { id: task.agentId } });
  const url = agent.url ?? `http://${task.host}:5051`;
  const state = await readState(url);
  const directory = directoryOf(state, task.id);
  if (directory === undefined)
    throw new CliError('COMMAND_FAILURE', `the agent ${url} does not know the task ${task.id}`);
  // An agent that answers at an address of this machine is on it, whatever it calls its host.
  return { host: task.host, local: isLocal(task.host) || isLocal(new URL(url).hostname), directory };
}

/** The task's sandbox on this machine, and whose it is. */
export async function localSandbox(
  { directory }: Place,
  executor: boolean,
): Promise<{ readonly path: string; readonly uid: number; readonly gid: number }> {
  const inner = join(directory, TASK_FOLDER);
  for (const path of executor ? [directory] : [inner, directory]) {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() === true) return { path, uid: found.uid, gid: found.gid };
  }
  throw new CliError('COMMAND_FAILURE', `the sandbox ${directory} is not there, or not to be read`);
}

/** On another machine nobody can look: Thermos's folder where there is one. */
export function remoteCd({ directory }: Place, executor: boolean, quote: (text: string) => string): string {
  const whole = quote(directory);
  return executor ? `cd ${whole}` : `cd ${quote(join(directory, TASK_FOLDER))} 2>/dev/null || cd ${whole}`;
}

export function isLocal(host: string): boolean {
  if (/(^|\.)localhost$/.test(host) || host === '::1' || host.startsWith('127.') || host === hostname())
    return true;
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host));
}

async function readState(url: string): Promise<unknown> {
  try {
    const answer = await fetch(`${url}/state`, { signal: AbortSignal.timeout(AGENT_TIMEOUT_MS) });
    if (answer.ok) return await answer.json();
    throw new Error(`status ${answer.status}`);
  } catch (error) {
    const why = causeOf(error);
    throw new CliError('NETWORK_ERROR', `the agent ${url} does not answer: ${why}`);
  }
}

/** Of the executor that has the task, ended ones too. */
function directoryOf(state: unknown, taskId: string): string | undefined {
  const frameworks = [...entries(state, 'frameworks'), ...entries(state, 'completed_frameworks')];
  const executors = frameworks.flatMap((each) => [
    ...entries(each, 'executors'),
    ...entries(each, 'completed_executors'),
  ]);
  const own = executors.find((executor) =>
    ['tasks', 'queued_tasks', 'completed_tasks'].some((list) =>
      entries(executor, list).some((task) => field(task, 'id') === taskId),
    ),
  );
  const directory = field(own, 'directory');
  return typeof directory === 'string' ? directory : undefined;
}

function entries(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
