import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { onStopAll, tempFolder, waitFor } from '@murmur/testkit';
import type { StubAgent } from './agent.js';

const run = promisify(execFile);
const here = resolve(import.meta.dirname, '../..');

let bundle: Promise<string> | null = null;

/** The executor as it is shipped: one file, built once per test file. */
export function bundled(): Promise<string> {
  bundle ??= (async () => {
    const file = join(await tempFolder(), 'murmur-thermos.cjs');
    await run(process.execPath, [join(here, 'bundle.mjs'), file]);
    return file;
  })();
  return bundle;
}

export interface ExecutorProcess {
  readonly pid: number;
  readonly sandbox: string;
  readonly checkpointRoot: string;
  output(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  exited(): Promise<number | NodeJS.Signals | null>;
}

export interface ExecutorSetUp {
  /** Where an earlier executor was. */
  readonly folder?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `node murmur-thermos.cjs executor` with the environment that an agent gives it. */
export async function startExecutor(
  agent: StubAgent,
  { folder, flags = [], env = {} }: ExecutorSetUp = {},
): Promise<ExecutorProcess & { readonly folder: string }> {
  const home = folder ?? (await tempFolder());
  const sandbox = join(home, 'slaves/a1/frameworks/f1/executors/e1/runs/c1');
  await mkdir(sandbox, { recursive: true });
  const child: ChildProcess = spawn(
    process.execPath,
    [await bundled(), 'executor', '--idle-exit-ms', '0', ...flags],
    {
      cwd: sandbox,
      env: {
        PATH: process.env['PATH'] ?? '',
        MESOS_FRAMEWORK_ID: 'f1',
        MESOS_EXECUTOR_ID: 'e1',
        MESOS_SLAVE_ID: 'a1',
        MESOS_AGENT_ENDPOINT: agent.endpoint,
        MESOS_DIRECTORY: sandbox,
        MESOS_SANDBOX: sandbox,
        MESOS_CHECKPOINT: '1',
        MESOS_RECOVERY_TIMEOUT: '1mins',
        MESOS_SUBSCRIPTION_BACKOFF_MAX: '50ms',
        MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const log = join(sandbox, 'output');
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout?.pipe(file, { end: false });
  child.stderr?.pipe(file, { end: false });
  const gone = new Promise<number | NodeJS.Signals | null>((done) => {
    child.once('exit', (code, signal) => done(code ?? signal));
  });
  onStopAll(async () => {
    child.kill('SIGKILL');
    await gone;
    file.end();
  });
  return {
    folder: home,
    pid: child.pid ?? 0,
    sandbox: join(sandbox, 'sandbox'),
    checkpointRoot: join(home, 'thermos'),
    output: () => readFile(log, 'utf8'),
    signal: (name) => void child.kill(name),
    exited: () => gone,
  };
}

/** Waits until the executor has said all of these, in this order, among others. */
export async function reported(
  agent: StubAgent,
  executor: ExecutorProcess,
  ...states: string[]
): Promise<void> {
  await waitFor(
    () => {
      const said = agent.states();
      let at = -1;
      return states.every((state) => (at = said.indexOf(state as never, at + 1)) >= 0);
    },
    { what: states.join(', ') },
  ).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}; it said ${JSON.stringify(agent.updates)}\n${(await executor.output()).slice(-3000)}`,
    );
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
