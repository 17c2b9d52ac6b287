import {
  faultsOfDrain,
  faultsOfPairs,
  operations,
  parseTally,
  type Tally,
} from '../../src/kestrel/tally-core.js';

const whole: Tally = {
  sets: 10,
  refused: 0,
  gets: 10,
  empty: 0,
  distinct: 10,
  duplicates: 0,
  strange: 0,
  disorder: 0,
  lowest: 0,
  highest: 9,
  seconds: 2,
  loaderCpuSeconds: 1,
  setLatencies: [[64, 10]],
  getLatencies: [[64, 10]],
};

describe('what the loader says', () => {
  it('is read', () => {
    expect(parseTally(JSON.stringify(whole))).toEqual(whole);
    expect(operations(whole)).toBe(20);
  });

  it.each(['sets', 'lowest', 'setLatencies'])('is refused without %s', (name) => {
    const text = JSON.stringify({ ...whole, [name]: undefined });
    expect(() => parseTally(text)).toThrow(`the loader says ${name} = undefined`);
  });
});

describe('pairs', () => {
  it('have no fault when each value that was set came back once', () => {
    expect(faultsOfPairs(whole)).toBe(0);
    expect(faultsOfPairs({ ...whole, disorder: 4 })).toBe(0); // several connections
  });

  it.each([
    [{ distinct: 9 }, 1],
    [{ distinct: 0, lowest: -1, highest: -1 }, 10],
    [{ duplicates: 2, distinct: 8 }, 4],
    [{ strange: 1 }, 1],
    [{ refused: 1 }, 1],
    [{ empty: 3 }, 3],
    [{ highest: 10 }, 1],
  ])('with %p have %p faults', (wrong, faults) => {
    expect(faultsOfPairs({ ...whole, ...wrong })).toBe(faults);
  });
});

describe('a drain', () => {
  const drained = { ...whole, sets: 0, empty: 1, lowest: 5, highest: 14 };

  it('has no fault when all that was expected came, each once', () => {
    expect(faultsOfDrain(drained, { from: 5, count: 10 })).toBe(0);
    expect(faultsOfDrain({ ...drained, distinct: 0, lowest: -1, highest: -1 }, { from: 0, count: 0 })).toBe(
      0,
    );
    expect(faultsOfDrain({ ...drained, highest: 900 }, { from: 5, count: 10, last: 900 })).toBe(0);
  });

  it.each([
    [{}, { from: 6, count: 10 }, 1],
    [{}, { from: 5, count: 12 }, 2],
    [{}, { from: 5, count: 9 }, 2],
    [{}, { from: 0, count: 0 }, 11],
    [{ disorder: 3 }, { from: 5, count: 10, ordered: true }, 3],
    [{ disorder: 3 }, { from: 5, count: 10 }, 0],
  ])('with %p, where %p is expected, has %p faults', (wrong, expected, faults) => {
    expect(faultsOfDrain({ ...drained, ...wrong }, expected)).toBe(faults);
  });
});
