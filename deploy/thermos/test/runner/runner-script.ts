import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { onStopAll } from '@murmur/testkit';
import { build } from 'esbuild';
import type { RunnerOptions } from '../../src/runner/index.js';
import type { Place } from './support.js';

const ENTRY = fileURLToPath(new URL('../../src/runner/index.ts', import.meta.url));

/** Runs a task and says on its standard error what becomes of it; SIGUSR1 lets go of the task. */
const SCRIPT = `
import { readFileSync } from 'node:fs';
import { createRunner } from './runner.mjs';
const log = { debug() {}, info() {}, warn() {}, error(f, m) { console.error(m); }, child: () => log };
const runner = createRunner({ ...JSON.parse(readFileSync(process.argv[2], 'utf8')), log });
process.once('SIGUSR1', () => void runner.detach());
await runner.start();
void runner.finished.then(({ state }) => process.exit(state === 'SUCCESS' ? 0 : 1));
`;

/** Starts Node.js programs of their own that run a task: such a one can be killed without harm to the test. */
export async function prepareScript(
  place: Place,
): Promise<(options: RunnerOptions) => Promise<ScriptProcess>> {
  await build({
    entryPoints: [ENTRY],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(place.base, 'runner.mjs'),
    logLevel: 'error',
  });
  const script = join(place.base, 'script.mjs');
  await writeFile(script, SCRIPT);
  return async (options) => {
    const file = join(place.base, 'options.json');
    await writeFile(file, JSON.stringify(options));
    const streams = ['stdout', 'stderr'].map((name) => openSync(join(place.sandbox, name), 'a'));
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', streams[0], streams[1]] });
    for (const fd of streams) closeSync(fd);
    onStopAll(async () => void child.kill('SIGKILL'));
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    return { child, ended };
  };
}

export interface ScriptProcess {
  readonly child: ChildProcess;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}
