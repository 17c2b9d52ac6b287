import { spawn, type ChildProcess } from 'node:child_process';
import { environmentOf } from '../runner/environment-core.js';
import { identityOf } from '../runner/identity.js';
import type { CheckResult } from './health-core.js';

/** Of what a check writes, its end is kept for the reason, characters. */
const OUTPUT_CHARS_MAX = 500;

export interface ShellCheck {
  readonly command: string;
  readonly sandbox: string;
  /** Null: who the executor is. */
  readonly user: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * `/bin/bash -c` in the sandbox, as the task's user, with a process's environment: exit 0 is healthy. After the time-out, and
 * when it ended, its whole process group is killed.
 */
export async function checkShell(check: ShellCheck): Promise<CheckResult> {
  const { command, sandbox, timeoutMs, signal } = check;
  try {
    const { user, as } = await identityOf(check.user);
    const words = [...as, '/bin/bash', '-c', command];
    const env = environmentOf({
      sandbox,
      user,
      own: process.env,
      preserveEnv: false,
      env: {},
      hasProfile: false,
    });
    const child = spawn(words[0] ?? '/bin/bash', words.slice(1), {
      cwd: sandbox,
      env: { ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await result(child, timeoutMs, signal);
  } catch (error) {
    return {
      ok: false,
      reason: `the check could not be run: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function result(child: ChildProcess, timeoutMs: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output = `${output}${chunk.toString('utf8')}`.slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    const finish = (reason: string | null): void => {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      killGroup(child);
      const said = output.trim() === '' ? '' : `: ${output.trim()}`;
      resolve(reason === null ? { ok: true } : { ok: false, reason: `the command ${reason}${said}` });
    };
    const stop = (): void => finish('was given up');
    const late = setTimeout(() => finish(`did not end in ${timeoutMs} ms`), timeoutMs);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    child.once('error', (error) => finish(`could not be started (${error.message})`));
    child.once('exit', (code, by) => {
      if (code === 0) finish(null);
      else finish(code === null ? `was ended by ${by ?? 'a signal'}` : `exited with ${code}`);
    });
  });
}

/** What the check left running in its group goes with it. */
function killGroup(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
