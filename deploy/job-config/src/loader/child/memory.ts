/** The bound on WebAssembly memory: beyond it memory does not grow, and Python raises MemoryError where it wanted more. */
export interface MemoryBound {
  /** From now on: so many bytes in all, and so many more. */
  set(taken: number, more: number): void;
}

const PAGE_BYTES = 65_536;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
/** As much of it as is used here: its types come with a browser's. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: { readonly prototype: Memory } };
};

/** Puts a bound under every WebAssembly memory that grows from now on. Nothing is bounded until `set`. */
export function boundMemory(): MemoryBound {
  const { prototype } = WebAssembly.Memory;
  const grow = Reflect.get(prototype, 'grow');
  let most = Infinity;
  prototype.grow = function bounded(this: Memory, pages: number): number {
    const bytes = this.buffer.byteLength + pages * PAGE_BYTES;
    if (bytes > most) throw new RangeError('the memory of this config is used up');
    return grow.call(this, pages);
  };
  return {
    set: (taken, more) => {
      most = taken + more;
    },
  };
}
