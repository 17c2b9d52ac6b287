import { createServer, type Server } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ERRORS, type ErrorCode } from '@murmur/scheduler-api';
import { onStopAll, tempFolder } from '@murmur/testkit';
import { run, type Io } from '../src/index.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process, as in a pipe, with an environment of nothing but what is given. */
export async function aurora(words: readonly string[], more: Partial<Io> = {}): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  const code = await run(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    cwd: process.cwd(),
    isTTY: false,
    ...more,
  });
  return { code, stdout, stderr };
}

/** A folder with a clusters.json, as `AURORA_CONFIG_ROOT` and as home. */
export async function configRoot(clusters: unknown): Promise<{
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}> {
  const folder = await tempFolder('cli');
  await mkdir(join(folder, 'root'));
  await writeFile(join(folder, 'root', 'clusters.json'), JSON.stringify(clusters));
  return {
    folder,
    env: { AURORA_CONFIG_ROOT: join(folder, 'root'), HOME: folder, PATH: process.env['PATH'] ?? '' },
  };
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** What a call is answered: a body, or an error of the API. */
export type Reply = { readonly json: unknown } | { readonly error: ErrorCode; readonly message?: string };

/** Something that answers as a scheduler would, for what a real one does only on a bad day. */
export async function fakeScheduler(answer: (asked: Asked) => Reply): Promise<{
  readonly url: string;
  readonly asked: readonly Asked[];
}> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
      const { pathname, search } = new URL(request.url ?? '/', 'http://x');
      const one: Asked = {
        method: request.method ?? '',
        path: pathname + search,
        body: text === '' ? undefined : JSON.parse(text),
        authorization: request.headers.authorization,
      };
      asked.push(one);
      const reply = answer(one);
      response.statusCode = 'error' in reply ? ERRORS[reply.error].status : 200;
      const body =
        'error' in reply ? { error: { code: reply.error, message: reply.message ?? 'no' } } : reply.json;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onStopAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** JSON of a job that is as small as may be. */
export function jobJson(name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    cluster: 'local',
    role: 'root',
    environment: 'test',
    name,
    service: true,
    task: {
      name,
      processes: [{ name: 'main', cmdline: 'exec sleep 1000' }],
      resources: { cpu: 0.1, ram: 32 * 2 ** 20, disk: 16 * 2 ** 20 },
      finalization_wait: 5,
    },
    ...more,
  };
}
