import { execFile } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../bin/murmur-mesos');
/** After which a process that should not have started is killed, ms. */
const TIMEOUT_MS = 60_000;

/** How `murmur-mesos` with these arguments ends, at once. Needs the build in dist. */
export function outcome(
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(BIN, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}
