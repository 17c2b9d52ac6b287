import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { MAIN, startKestrelProcess, type KestrelProcess, type KestrelProcessOptions } from '../../process.js';
import { Client } from './client.js';

/** Settings of a queue small enough to read behind memory, rotate and pack in a short test. */
export const SMALL = {
  defaultJournalSize: '16KiB',
  maxMemorySize: '32KiB',
  maxJournalSize: '128KiB',
  minJournalCompactDelay: 20,
};

export interface FaultServer extends KestrelProcess {
  connect(): Promise<Client>;
}

/** Starts the built server as a process of its own, for clients that pipeline. */
export async function startFaultServer(
  config: unknown,
  options: KestrelProcessOptions = {},
): Promise<FaultServer> {
  const started = await startKestrelProcess(config, options);
  return { ...started, connect: () => Client.connect(started.port) };
}

/** `kestrel-journal verify`: throws, with what it says, when a journal in the folder is not whole. */
export async function verifyJournals(folder: string): Promise<void> {
  const tool = join(dirname(MAIN), 'journal/tool/cli.js');
  await promisify(execFile)('node', [tool, 'verify', folder]);
}

/** Memory of a process, bytes: now (`VmRSS`) or the most it ever had (`VmHWM`); 0 once it is gone. */
export async function memoryOf(pid: number | null, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

/** One line of `stats`: `queue_<name>_<key>`; NaN when it is not there. */
export async function statOf(client: Client, queue: string, key: string): Promise<number> {
  const text = await client.block('dump_stats ' + queue);
  return Number(new RegExp(`^ {2}${key}=(\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}
