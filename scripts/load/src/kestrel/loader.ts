/** The C loader (scripts/bench/flood.c): compiled once, then run against one server after another. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onStopAll } from '@murmur/testkit';
import { parseTally, type Tally } from './tally-core.js';
import type { BenchServer } from './servers.js';

const sources = join(import.meta.dirname, '../../../bench');
const FILES = ['flood.c', 'flood-wire.c', 'flood-tally.c'];
const MESSAGE_CHARS_MAX = 400;

/** Its flags, without the dashes. */
export type Flags = Readonly<Record<string, string | number>>;

export interface Run {
  /** Until it says "waiting" (mode wait). */
  readonly waiting: Promise<void>;
  readonly tally: Promise<Tally>;
  /** No further sets; what is in flight is waited for. */
  readonly end: () => void;
}

export interface Loader {
  readonly start: (server: BenchServer, flags: Flags) => Run;
  readonly run: (server: BenchServer, flags: Flags) => Promise<Tally>;
}

/** Compiles the loader into `folder`; it runs on `core`, or anywhere when that is null. */
export function makeLoader(folder: string, core: number | null): Loader {
  const binary = join(folder, 'flood');
  execFileSync('cc', ['-O2', '-o', binary, ...FILES.map((file) => join(sources, file))]);
  const start = (server: BenchServer, flags: Flags): Run => {
    const all: Flags = { protocol: server.protocol, port: server.port, ...flags };
    const words = Object.entries(all).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    const pinned = core === null ? [] : ['taskset', '-c', String(core)];
    const args = ['--pdeathsig', 'KILL', '--', ...pinned, binary, ...words];
    return watch(spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'] }), server);
  };
  return { start, run: (server, flags) => start(server, flags).tally };
}

function watch(child: ChildProcess, server: BenchServer): Run {
  const said: string[] = [];
  let problem = '';
  const forget = onStopAll(() => {
    child.kill('SIGKILL');
    return Promise.resolve();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    problem = (problem + text).slice(0, MESSAGE_CHARS_MAX);
  });
  const lines = child.stdout === null ? null : createInterface({ input: child.stdout });
  const failed = async (): Promise<Error> => {
    const said = await server.complaint().catch(() => '');
    return new Error(`the loader against ${server.name}: ${problem.trim() || 'it ended'}\n${said}`.trim());
  };
  const waiting = new Promise<void>((resolve, reject) => {
    lines?.on('line', (line) => {
      if (line === 'waiting') resolve();
      else said.push(line);
    });
    child.once('close', () => {
      reject(new Error(`the loader against ${server.name} ended`));
    });
  });
  const tally = new Promise<Tally>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      forget();
      const last = said.at(-1);
      if (code === 0 && last !== undefined) resolve(parseTally(last));
      else void failed().then(reject);
    });
  });
  waiting.catch(() => undefined);
  tally.catch(() => undefined);
  return { waiting, tally, end: () => child.kill('SIGTERM') };
}
