import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ports.js';
import { startServer } from './server.js';
import type { ProcessOptions, TestProcess } from './types.js';

const HTTP_PORT = 80;
const ASK_MS = 2_000;

/**
 * Starts a process, such as `node services/ingest/dist/main.js`, and waits for its port or URL. `stop` sends SIGTERM and
 * waits 10 s before SIGKILL. Nothing may listen on that port yet: what answered then could be another process.
 */
export async function startProcess(options: ProcessOptions): Promise<TestProcess> {
  const { readyUrl, readyPort } = options;
  const port =
    readyPort ?? (readyUrl === undefined ? undefined : Number(new URL(readyUrl).port || HTTP_PORT));
  if (port === undefined) throw new Error('startProcess: give readyUrl or readyPort');
  const folder = await mkdtemp(join(tmpdir(), 'murmur-process-'));
  return startServer({
    name: [options.command, ...options.args].join(' '),
    port,
    folder,
    command: options.command,
    args: options.args,
    ...(options.env === undefined ? {} : { env: options.env }),
    cwd: options.cwd ?? process.cwd(),
    ready: async () => {
      if (readyUrl === undefined) return (await ask(port)) === '';
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(ASK_MS) });
      await answer.arrayBuffer();
      return answer.ok;
    },
    ...(options.readyTimeoutMs === undefined ? {} : { readyTimeoutMs: options.readyTimeoutMs }),
    stopSignal: 'SIGTERM',
  });
}
