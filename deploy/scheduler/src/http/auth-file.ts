import { readFile, stat } from 'node:fs/promises';
import { StartError, type Log } from '@murmur/service';
import type { Auth } from './auth.js';
import { CLOSED, INSECURE, type AuthRules } from './auth-core.js';
import { parseAuthFile } from './auth-parse-core.js';

export interface AuthOptions {
  /** `--auth-file`; null: reads are open, writes are refused. */
  readonly file: string | null;
  /** `--insecure`: everything is open. Not together with a file. */
  readonly insecure: boolean;
  readonly log: Log;
  /** How often the file is looked at, ms. */
  readonly pollMs?: number;
}

const POLL_MS = 2_000;
export const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Bits of the mode that let others than the owner in. */
const OTHERS = 0o077;

/**
 * Reads the file and follows its changes. Rejects with a StartError that names file and field when it cannot be used at start; later a
 * broken file keeps the old rules, and is logged.
 */
export async function openAuth({ file, insecure, log, pollMs = POLL_MS }: AuthOptions): Promise<Auth> {
  if (file !== null && insecure) throw new StartError('--auth-file and --insecure exclude each other');
  if (file === null) {
    const rules = insecure ? INSECURE : CLOSED;
    if (insecure) log.warn({}, 'auth: everything is open, because of --insecure');
    return { rules: () => rules, reload: () => Promise.resolve(), close: () => undefined };
  }
  let { rules, stamp } = await read(file, log).catch((error: unknown) => {
    throw new StartError(textOf(error));
  });
  let busy = false;
  const look = async (always: boolean): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const now = await stampOf(file);
      if (!always && now === stamp) return;
      stamp = now;
      ({ rules, stamp } = await read(file, log));
      log.info({ file, users: rules.users.length }, 'auth: the file was read again');
    } catch (error) {
      // Said once for each change: the stamp is that of the broken file.
      log.error({ file, problem: textOf(error) }, 'auth: the file cannot be used, the old rules stay');
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(false), pollMs);
  timer.unref();
  return { rules: () => rules, reload: () => look(true), close: () => clearInterval(timer) };
}

async function read(file: string, log: Log): Promise<{ rules: AuthRules; stamp: string }> {
  const { size, mode } = await stat(file);
  if (size > FILE_BYTES_MAX)
    throw new Error(`the auth file ${file} has ${size} bytes, allowed are ${FILE_BYTES_MAX}`);
  if ((mode & OTHERS) !== 0) log.warn({ file }, 'auth: others than its owner can get at the file');
  const stamp = await stampOf(file);
  const parsed = parseAuthFile(jsonOf(file, await readFile(file, 'utf8')));
  if (!parsed.ok) throw new Error(`the auth file ${file}: ${parsed.faults.join('; ')}`);
  return { rules: parsed.rules, stamp };
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message shows a part of the file, and with it of its secrets.
    throw new Error(`the auth file ${file} is not JSON`);
  }
}

/** Changes with the file; a file that is away has one too. */
async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'none';
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
