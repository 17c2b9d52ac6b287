/** Watches the memory of a server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mostByPhase, type Sample } from './memory-core.js';
import type { BenchServer } from './servers.js';

const LOOK_EVERY_MS = 100;
/** It has settled when this many looks in a row differ by less than SETTLED_BYTES. */
const SETTLED_LOOKS = 4;
const SETTLED_BYTES = 2 ** 19;
const SETTLE_LOOKS_MAX = 40;

export class MemoryWatch {
  readonly #server: BenchServer;
  readonly #samples: Sample[] = [];

  constructor(server: BenchServer) {
    this.#server = server;
  }

  /** Runs `work` and notes the most memory that the server has meanwhile. */
  async during<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const look = (): void => {
      this.#samples.push({ phase, bytes: this.#server.residentBytes() });
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    try {
      look();
      return await work();
    } finally {
      clearInterval(timer);
      look();
    }
  }

  most(): ReadonlyMap<string, number> {
    return mostByPhase(this.#samples);
  }
}

/** Looks every `everyMs` until the memory of a server stands still, or 40 times; answers it. */
export async function settledBytes(server: BenchServer, everyMs: number): Promise<number> {
  let steady = 0;
  let before = server.proportionalBytes();
  for (let look = 0; look < SETTLE_LOOKS_MAX && steady < SETTLED_LOOKS; look++) {
    await sleep(everyMs);
    const now = server.proportionalBytes();
    steady = Math.abs(now - before) < SETTLED_BYTES ? steady + 1 : 0;
    before = now;
  }
  return before;
}
