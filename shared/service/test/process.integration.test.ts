import { spawn } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'start-process.mjs');

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Runs a process whose `start` rejects as it is told. */
function ends(...how: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...how], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

describe('a process that cannot start', () => {
  it.each([
    ['option', 2],
    ['option-at-once', 2],
    ['start', 1],
  ])(
    'says why in one line and exits, with an expected error: %s',
    async (how, code) => {
      expect(await ends(`--how=${how}`)).toEqual({
        code,
        stderr: 'tested: it is so for a reason\n',
        stdout: '',
      });
    },
    60_000,
  );

  it('exits 1 with a stack when the error is not expected', async () => {
    const { code, stderr, stdout } = await ends('--how=bug');
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/a fault of the program.*at /s);
  }, 60_000);
});
