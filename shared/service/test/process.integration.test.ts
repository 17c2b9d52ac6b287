import { spawn } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'start-process.mjs');

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Runs a process whose `start` ends as it is told. */
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

describe('a process that starts and is told to quit', () => {
  it('exits 0 and logs each step, every line with its process id once', async () => {
    const { code, stdout } = await ends('--how=quit');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'started',
      'stopping',
      'stopped',
    ]);
    expect(lines.map((line) => line.match(/"pid":/g)?.length)).toEqual([1, 1, 1]);
  }, 60_000);
});
