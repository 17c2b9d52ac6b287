import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOver, parseExitRecord, parseStartRecord, parseStat, type ProcId } from './proc-core.js';

const GIVEN_UP = 'given up\n';
/** A record that was begun and has no end after so long never gets one: its writer or the machine died in between. */
const TORN_MS = 60_000;

/** The checkpoint's folder of one run: what its coordinator and its process say of themselves. Reads are of a few bytes. */
export class RunFolder {
  readonly path: string;
  readonly #boot: string;

  /** `boot`: this boot's id; pids of another boot are nobody's. */
  constructor(checkpoint: string, process: string, run: number, boot: string) {
    this.path = join(checkpoint, 'processes', process, String(run));
    this.#boot = boot;
  }

  create(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /** How the process ended: its exit code, or -n for signal n, and when in ms; null: no record. */
  exit(): { readonly returnCode: number; readonly at: number } | null {
    const returnCode = parseExitRecord(this.#read('exit'));
    return returnCode === null
      ? null
      : { returnCode, at: Math.round(statSync(join(this.path, 'exit')).mtimeMs) };
  }

  /** The process, once it has begun. */
  process(): ProcId | null {
    return parseStartRecord(this.#read('pid'));
  }

  isProcessAlive(): boolean {
    return this.#isAlive('pid');
  }

  /** Null: the coordinator has not begun, or never will. */
  isCoordinatorAlive(): boolean | null {
    return parseStartRecord(this.#read('coordinator')) === null ? null : this.#isAlive('coordinator');
  }

  /** The leaders of the sessions of this run that this boot knows. */
  roots(which: readonly ('pid' | 'coordinator')[]): readonly ProcId[] {
    const records = which.map((name) => parseStartRecord(this.#read(name)));
    return records.filter((record) => record !== null).filter(({ boot }) => boot === this.#boot);
  }

  /** Takes the run from its process: true = it has not begun and never will. `now`: ms since 1970. */
  giveUp(now: number): boolean {
    try {
      writeFileSync(join(this.path, 'pid'), GIVEN_UP, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const record = this.#read('pid');
    if (record.endsWith('\n')) return record === GIVEN_UP;
    const isOld = now >= statSync(join(this.path, 'pid')).mtimeMs + TORN_MS;
    return isOld && this.isCoordinatorAlive() !== true;
  }

  /** Somebody gave it up before it was begun. */
  isGivenUp(): boolean {
    return this.#read('pid') === GIVEN_UP;
  }

  /** Nothing of it is left in /proc: nobody looks for it again. */
  markGone(): void {
    writeFileSync(join(this.path, 'gone'), '', { mode: 0o600 });
  }

  isGone(): boolean {
    return existsSync(join(this.path, 'gone'));
  }

  #isAlive(name: string): boolean {
    const record = parseStartRecord(this.#read(name));
    return record !== null && record.boot === this.#boot && isAlive(record);
  }

  #read(name: string): string {
    return readIfThere(join(this.path, name));
  }
}

/** Whether this very process runs, and is not just waiting for its parent. */
export function isAlive({ pid, startTicks }: ProcId): boolean {
  const stat = parseStat(readIfThere(`/proc/${pid}/stat`));
  return stat?.startTicks === startTicks && !isOver(stat);
}

/** '' if there is no such file (or no such process any more). */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return '';
    throw error;
  }
}

export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
