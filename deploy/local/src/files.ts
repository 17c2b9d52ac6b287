import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
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
const PORTS = 5_000;
const LOWEST_RANGE = LOWEST_PORT + PORTS;
/** Ports of one agent. */
const RANGE_PORTS = 100;
const RANGES = 120;
const TRIES = 200;

/** Both ends are in it. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A private port per name, kept in `ports.json` so that a restart has the same ones; one that somebody else has taken
 * meanwhile is replaced, but for those in `kept`, which may be held by what the last launcher left running.
 */
export async function portsIn(
  path: string,
  names: readonly string[],
  random: () => number,
  kept: readonly string[] = [],
): Promise<ReadonlyMap<string, number>> {
  const known = await readNumbers(path);
  const ports = new Map<string, number>();
  for (const name of names) {
    const old = known[name];
    const taken = new Set(ports.values());
    const holds = async (port: number): Promise<boolean> => kept.includes(name) || (await isFree(port));
    let port = typeof old === 'number' && !taken.has(old) && (await holds(old)) ? old : null;
    for (let tries = 0; port === null && tries < TRIES; tries += 1) {
      const candidate = LOWEST_PORT + Math.floor(random() * PORTS);
      if (!taken.has(candidate) && (await isFree(candidate))) port = candidate;
    }
    if (port === null)
      throw new Error(`no free port for ${name} among ${TRIES} tried from ${LOWEST_PORT} up`);
    ports.set(name, port);
  }
  await writeNumbers(path, ports);
  return ports;
}

/** A run of ports per name, disjoint, all free when they are chosen. Kept, whoever uses them: that may be the tasks that have them. */
export async function portRangesIn(
  path: string,
  names: readonly string[],
  random: () => number,
): Promise<ReadonlyMap<string, PortRange>> {
  const known = await readNumbers(path);
  const firsts = new Map<string, number>();
  for (const name of names) {
    const old = known[name];
    let first = typeof old === 'number' ? old : null;
    for (let tries = 0; first === null && tries < TRIES; tries += 1) {
      const candidate = LOWEST_RANGE + RANGE_PORTS * Math.floor(random() * RANGES);
      const taken = [...firsts.values(), ...Object.values(known)].includes(candidate);
      if (!taken && (await areFree(candidate))) first = candidate;
    }
    if (first === null) throw new Error(`no ${RANGE_PORTS} free ports in a row for ${name}`);
    firsts.set(name, first);
  }
  await writeNumbers(path, firsts);
  return new Map([...firsts].map(([name, first]) => [name, { first, last: first + RANGE_PORTS - 1 }]));
}

async function areFree(first: number): Promise<boolean> {
  for (let port = first; port < first + RANGE_PORTS; port += 1) if (!(await isFree(port))) return false;
  return true;
}

async function readNumbers(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Record<string, unknown>;
}

async function writeNumbers(path: string, numbers: ReadonlyMap<string, number>): Promise<void> {
  await writeFile(path, `${JSON.stringify(Object.fromEntries(numbers), null, 2)}\n`);
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(false));
    server.listen(port, host, () => server.close(() => settle(true)));
  });
}

/** What lies below a folder and is a socket, or holds one: a socket's path has at most 107 bytes. */
const SHORT_PATH_MAX = 90;

/** The path, or one in the system's temporary folder that is always the same for it. */
export function shortPath(path: string): string {
  if (path.length <= SHORT_PATH_MAX) return path;
  return join(tmpdir(), `murmur-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);
}
