import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@murmur/service';
import { askHaproxy } from './runtime.js';

const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 5_000;
/** One that ran this long was well: the next restart is quick again. */
const WELL_AFTER_MS = 10_000;
const POLL_MS = 20;
const START_MS = 10_000;

export interface HaproxyOptions {
  readonly program: string;
  readonly configPath: string;
  readonly socketPath: string;
  readonly log: Log;
  /** Writes the configuration as it should be now. */
  readonly writeConfig: () => Promise<void>;
  readonly onStarted: () => void;
  readonly onDied: () => void;
}

export interface Haproxy {
  running(): boolean;
  /** Finishes requests under way within `graceMs`, then ends it. */
  stop(graceMs: number): Promise<void>;
}

/** Keeps one HAProxy in the foreground as our child, started anew whenever it dies. The kernel ends it with us. */
export function superviseHaproxy(options: HaproxyOptions): Haproxy {
  const { log } = options;
  let child: ChildProcess | null = null;
  let up = false;
  const stopping = new AbortController();

  const runOnce = async (): Promise<void> => {
    await options.writeConfig();
    const mine = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', options.program, '-db', '-f', options.configPath],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    child = mine;
    const ended = new Promise<string>((resolve) => {
      mine.once('error', (error) => resolve(error.message));
      mine.once('exit', (code, signal) => resolve(`exit ${signal ?? code ?? 'unknown'}`));
    });
    void ended.then(() => (child = null));
    if (await answers(options.socketPath, () => child === mine)) {
      up = true;
      options.onStarted();
    }
    const how = await ended;
    up = false;
    if (stopping.signal.aborted) return;
    log.error({ how }, 'HAProxy ended');
    options.onDied();
  };
  const loop = async (): Promise<void> => {
    for (
      let pause = FIRST_RESTART_MS;
      !stopping.signal.aborted;
      pause = Math.min(MAX_RESTART_MS, pause * 2)
    ) {
      const started = Date.now();
      await runOnce().catch((error: unknown) => log.error({ err: error }, 'HAProxy could not be started'));
      if (Date.now() - started > WELL_AFTER_MS) pause = FIRST_RESTART_MS;
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const over = loop();

  return {
    running: () => up,
    stop: async (graceMs) => {
      stopping.abort();
      child?.kill('SIGUSR1');
      const late = setTimeout(() => child?.kill('SIGKILL'), graceMs);
      await over;
      clearTimeout(late);
    },
  };
}

/** True once it answers on its socket, false when it ended before. */
async function answers(socketPath: string, alive: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (alive() && Date.now() < deadline) {
    const answer = await askHaproxy(socketPath, 'show info').catch(() => '');
    if (answer.includes('Name: HAProxy')) return true;
    await sleep(POLL_MS);
  }
  return alive();
}
