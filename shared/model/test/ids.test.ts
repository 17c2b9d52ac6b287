import fc from 'fast-check';
import { firstIdOf, ID_MAX, idState, idToMs, nextId, parseId, type Id, type IdState } from '@murmur/model';

describe('ids', () => {
  it('carry milliseconds, worker and sequence in Mastodon’s layout', () => {
    const first = nextId(idState(5), 1_795_293_675_000);
    expect(first).toMatchObject({ kind: 'id', id: (1_795_293_675_000n << 16n) | (5n << 6n) });
    expect(first.kind === 'id' && idToMs(first.id)).toBe(1_795_293_675_000);
    expect(firstIdOf(1_795_293_675_000)).toBe(117_656_366_284_800_000n);
  });

  it('never repeat and always grow, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 500 }), (steps) => {
        let state: IdState = idState(1023);
        let now = 1_000_000;
        let last: Id = -1n;
        for (const step of steps) {
          now += step;
          const result = nextId(state, now);
          if (result.kind === 'wait') continue;
          expect(result.id > last).toBe(true);
          last = result.id;
          state = result.state;
        }
      }),
    );
  });

  it('wait out a clock that ran backwards and a millisecond that is used up', () => {
    let state = idState(1);
    for (let i = 0; i < 64; i++) {
      const result = nextId(state, 7);
      if (result.kind === 'wait') throw new Error(`id ${i} of 64 was refused`);
      state = result.state;
    }
    expect(nextId(state, 7)).toEqual({ kind: 'wait', untilMs: 8 });
    expect(nextId(state, 3)).toEqual({ kind: 'wait', untilMs: 7 });
  });

  it.each([-1, 1024, 1.5, NaN])('refuse worker %p', (worker) => {
    expect(() => idState(worker)).toThrow('0 to 1023');
  });

  it('are read from outside only as plain decimals that fit', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: ID_MAX }), (id) => parseId(String(id)) === id));
    for (const bad of [
      '',
      '-1',
      '+1',
      '01',
      '1.0',
      '0x10',
      ' 1',
      '1e3',
      String(ID_MAX + 1n),
      '9'.repeat(40),
      '１',
    ])
      expect(parseId(bad)).toBeNull();
  });
});
