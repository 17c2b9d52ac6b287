import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

/** Where everything of one suite lies. */
export interface Layout {
  readonly root: string;
  readonly logs: string;
  readonly of: (name: string) => string;
}

export async function layOut(data: string): Promise<Layout> {
  const root = resolve(data);
  const logs = join(root, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  return { root, logs, of: (name) => join(root, name) };
}

const SECRET_BYTES = 24;

/** A random secret, made once and kept in a file that only its owner reads. */
export async function secretIn(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known.trim() !== '') return known.trim();
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  await writeFile(path, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/** Below the ephemeral range, so that no outgoing connection takes a port while its server is down. */
const LOWEST_PORT = 15_000;
const PORTS = 17_000;
const TRIES = 200;

/**
 * A private port per name, kept in `ports.json` so that a restart has the same ones; one that somebody else has taken
 * meanwhile is replaced.
 */
export async function portsIn(
  path: string,
  names: readonly string[],
  random: () => number,
): Promise<ReadonlyMap<string, number>> {
  const known = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Record<string, unknown>;
  const ports = new Map<string, number>();
  for (const name of names) {
    const old = known[name];
    const taken = new Set(ports.values());
    let port = typeof old === 'number' && !taken.has(old) && (await isFree(old)) ? old : null;
    for (let tries = 0; port === null && tries < TRIES; tries += 1) {
      const candidate = LOWEST_PORT + Math.floor(random() * PORTS);
      if (!taken.has(candidate) && (await isFree(candidate))) port = candidate;
    }
    if (port === null)
      throw new Error(`no free port for ${name} among ${TRIES} tried from ${LOWEST_PORT} up`);
    ports.set(name, port);
  }
  await writeFile(path, `${JSON.stringify(Object.fromEntries(ports), null, 2)}\n`);
  return ports;
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(false));
    server.listen(port, host, () => server.close(() => settle(true)));
  });
}
