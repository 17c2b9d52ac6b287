import fc from 'fast-check';
import { inBlocks } from '../../src/socket/pieces-core.js';

describe('pieces in blocks', () => {
  it('are the same bytes, no two that would fit into one, and none is copied that is alone', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 }).map((it) => Buffer.from(it))), (pieces) => {
        const all = new Set<Buffer>(pieces);
        const blocks = inBlocks(pieces, 10);
        expect(Buffer.concat(blocks)).toEqual(Buffer.concat(pieces));
        for (const block of blocks) expect(block.length <= 10 || all.has(block)).toBe(true);
        for (const [i, block] of blocks.entries()) {
          const first = blocks[i + 1];
          if (first !== undefined && all.has(first)) expect(block.length + first.length).toBeGreaterThan(10);
        }
      }),
    );
  });

  it('are none where there are none', () => {
    expect(inBlocks([], 10)).toEqual([]);
  });
});
