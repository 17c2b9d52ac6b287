import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  HEAP_MAX_MIB,
  MESSAGE_CHARS_MAX,
  RSS_CHECK_MS,
  RSS_MAX_BYTES,
  START_TIMEOUT_MS,
  STDERR_CHARS_MAX,
} from './limits-core.js';
import { Lines } from './protocol-core.js';
import type { FromChild, ToChild } from './protocol-core.js';
import { PACKAGE_FOLDER } from './prelude.js';
import type { Prelude } from './prelude.js';

/** Why a child ended. */
export type End = 'time' | 'memory' | 'died';

const PAGE_BYTES = 4096;
const PIPE = 3;

/** Flags of the third wall: Node.js refuses files but these, commands, threads, add-ons, and code made of text. */
function flags(
  { pyodideFolder, childMain }: Prelude,
  readable: readonly string[],
  writable: readonly string[],
): string[] {
  // The flag lost its prefix in Node.js 22.13.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const permission =
    major > 22 || (major === 22 && minor >= 13) ? '--permission' : '--experimental-permission';
  const reads = [
    pyodideFolder,
    dirname(childMain),
    join(PACKAGE_FOLDER, 'dist'),
    join(PACKAGE_FOLDER, 'package.json'),
    ...readable,
  ];
  return [
    '--no-warnings',
    permission,
    ...reads.map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}`),
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${HEAP_MAX_MIB}`,
  ];
}

/** One child process with a pipe to talk to it. Starts at once; `start` waits until Python runs in it. */
export class Child {
  readonly #process: ChildProcess;
  readonly #pipe: Duplex;
  readonly #lines = new Lines();
  readonly #inbox: FromChild[] = [];
  #wake: (() => void) | undefined;
  #end: End | undefined;
  #stderr = '';

  constructor(prelude: Prelude, readable: readonly string[], writable: readonly string[]) {
    this.#process = spawn(process.execPath, [...flags(prelude, readable, writable), prelude.childMain], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#pipe = this.#process.stdio[PIPE] as Duplex;
    this.#pipe.setEncoding('utf8');
    this.#pipe.on('data', (text: string) => this.#take(text));
    // The end of the process tells as much as an error of its pipe.
    this.#pipe.on('error', () => undefined);
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS_MAX);
    });
    const ended = (): void => {
      this.#end ??= 'died';
      this.#wake?.();
    };
    // Not `exit`: what it said last may still be on its way then.
    this.#process.once('close', ended);
    this.#process.once('error', (error) => {
      this.#stderr = String(error);
      ended();
    });
  }

  get end(): End | undefined {
    return this.#end;
  }

  /** What it said last on stderr. */
  get lastWords(): string {
    const lines = this.#stderr.trim().split('\n');
    return (lines.find((line) => /^\w*Error: /.test(line)) ?? lines.at(-1) ?? '').trim();
  }

  send(message: ToChild): void {
    this.#pipe.write(`${JSON.stringify(message)}\n`);
  }

  /** The next message; undefined once the child has ended and said nothing more. */
  async receive(): Promise<FromChild | undefined> {
    while (this.#inbox.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#inbox.shift();
  }

  /** The error when Python did not start; undefined when it runs. */
  async start(message: Extract<ToChild, { type: 'start' }>): Promise<string | undefined> {
    const timer = setTimeout(() => this.kill('time'), START_TIMEOUT_MS);
    this.send(message);
    const answer = await this.receive();
    clearTimeout(timer);
    if (answer?.type === 'ready') return undefined;
    await this.close();
    return answer?.type === 'failed' ? answer.message : `it ended: ${this.lastWords}`;
  }

  kill(why: End): void {
    this.#end ??= why;
    this.#process.kill('SIGKILL');
    this.#wake?.();
  }

  /** Kills the child when its time or its memory is used up, until the returned function is called. */
  guard(timeoutMs: number): () => void {
    const timer = setTimeout(() => this.kill('time'), timeoutMs);
    const check = setInterval(() => {
      if (residentBytes(this.#process.pid) > RSS_MAX_BYTES) this.kill('memory');
    }, RSS_CHECK_MS);
    return () => {
      clearTimeout(timer);
      clearInterval(check);
    };
  }

  /** Resolves when the process is gone. */
  async close(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    if (exitCode === null && signalCode === null && pid !== undefined) {
      const exit = once(this.#process, 'exit');
      this.kill('died');
      await exit;
    }
    this.#pipe.destroy();
  }

  #take(text: string): void {
    try {
      for (const line of this.#lines.push(text)) this.#inbox.push(JSON.parse(line) as FromChild);
    } catch {
      this.kill('died');
    }
    if (this.#lines.pending > MESSAGE_CHARS_MAX) this.kill('memory');
    this.#wake?.();
  }
}

/** Resident memory of a process, 0 where that cannot be told (it has ended, or this is not Linux). */
function residentBytes(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid ?? 0}/statm`, 'utf8').split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
