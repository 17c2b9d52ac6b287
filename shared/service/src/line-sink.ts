import { writeSync } from 'node:fs';

/** What a full pipe may hold back, bytes; whole lines beyond are dropped, and counted. */
export const HELD_BYTES_MAX = 1024 * 1024;
/** How often a full pipe is tried again, ms. */
const RETRY_MS = 20;
/** How long a process that exits waits for a full pipe, ms. */
const EXIT_WAIT_MS = 500;

export interface LineSink {
  write(line: string): void;
  /** Writes what is held back, waiting at most so long, ms. Blocks the process. */
  flush(waitMs: number): void;
}

/**
 * Writes lines to a file descriptor at once. Where a pipe is full they are held back, within HELD_BYTES_MAX, and written
 * as soon as it takes them; where it is closed they are dropped. So a process neither stands still nor fails to exit
 * because of its log, and no line is torn. (pino's own stream tries a closed pipe for ever when the process exits.)
 */
export function lineSink(fd: number, write: typeof writeSync = writeSync): LineSink {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;

  /** Answers what is left of the bytes: null when all are written, or never can be. */
  function put(bytes: Buffer): Buffer | null {
    let at = 0;
    try {
      while (at < bytes.length) at += write(fd, bytes, at);
      return null;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? bytes.subarray(at) : null;
    }
  }

  function hold(bytes: Buffer): void {
    held.push(bytes);
    heldBytes += bytes.length;
    timer ??= setInterval(drain, RETRY_MS).unref();
  }

  function drain(): void {
    while (held.length > 0) {
      const left = put(held.length === 1 ? (held[0] ?? Buffer.alloc(0)) : Buffer.concat(held, heldBytes));
      held = left === null ? [] : [left];
      heldBytes = left?.length ?? 0;
      if (left !== null) return;
      if (dropped === 0) continue;
      held = [Buffer.from(`{"level":"warn","dropped":${dropped},"msg":"nobody took these log lines"}\n`)];
      heldBytes = held[0]?.length ?? 0;
      dropped = 0;
    }
    if (timer !== null) clearInterval(timer);
    timer = null;
  }

  return {
    write: (line) => {
      const bytes = Buffer.from(line);
      if (held.length > 0) {
        if (heldBytes + bytes.length > HELD_BYTES_MAX) dropped += 1;
        else hold(bytes);
        return;
      }
      const left = put(bytes);
      if (left !== null) hold(left);
    },
    flush: (waitMs) => {
      const pause = new Int32Array(new SharedArrayBuffer(4));
      drain();
      for (let waited = 0; held.length > 0 && waited < waitMs; waited += RETRY_MS) {
        Atomics.wait(pause, 0, 0, RETRY_MS);
        drain();
      }
    },
  };
}

/** The sink of this process's stdout; what it holds back is written before the process exits, if somebody takes it. */
export function stdoutSink(): LineSink {
  // Asked for in this way, a pipe is one that does not block.
  const sink = lineSink(process.stdout.fd);
  process.on('exit', () => {
    sink.flush(EXIT_WAIT_MS);
  });
  return sink;
}
