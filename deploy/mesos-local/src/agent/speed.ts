/** Numbers worked through in one block. */
const BLOCK = 20_000;
/** Rounds, of which the best counts: a busy machine only ever looks slower than it is. */
const ROUNDS = 7;
const ROUND_MS = 12;
/** Blocks in a ms of CPU time on a core that is called 100: a server of 2021 (AMD EPYC, third generation) reaches about 115. */
export const REFERENCE_BLOCKS_PER_MS = 8.5;

/** How fast one core of this machine is, 100 = the reference. Takes some 100 ms of CPU time, once in an agent's life. */
export function measureSpeed(): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) best = Math.max(best, blocksPerMs());
  return Math.round((100 * best) / REFERENCE_BLOCKS_PER_MS);
}

/** By CPU time, so that waiting for the CPU does not count. */
function blocksPerMs(): number {
  const from = process.cpuUsage();
  let blocks = 0;
  let spent = 0;
  while (spent < ROUND_MS) {
    block(blocks);
    blocks += 1;
    const { user, system } = process.cpuUsage(from);
    spent = (user + system) / 1_000;
  }
  return blocks / spent;
}

/** Written to, so that the work cannot be left out. */
const memory = new Uint32Array(1 << 16);

/** Integer arithmetic, branches and scattered memory, as a service's own code has. */
function block(seed: number): void {
  let x = (seed + 1) >>> 0;
  for (let i = 0; i < BLOCK; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    const at = x & 0xffff;
    const value = (memory[at] ?? 0) + Math.imul(x, 0x9e3779b1);
    memory[at] = (value & 7) === 0 ? value % 1_009 : value;
  }
}
