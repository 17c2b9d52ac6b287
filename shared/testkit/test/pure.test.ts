import { manualClock, splitAt, waitFor } from '@murmur/testkit';

describe('the hand-moved clock', () => {
  it('fires what falls due in order of time, at its time', () => {
    const clock = manualClock(0);
    const seen: [string, number][] = [];
    clock.after(20, () => seen.push(['b', clock.now()]));
    clock.after(10, () => {
      seen.push(['a', clock.now()]);
      clock.after(5, () => seen.push(['nested', clock.now()]));
    });
    clock.after(40, () => seen.push(['late', clock.now()]));
    clock.advance(30);
    expect(seen).toEqual([
      ['a', 10],
      ['nested', 15],
      ['b', 20],
    ]);
    expect([clock.now(), clock.pending]).toEqual([30, 1]);
  });

  it('does not fire what was cancelled, nor when it is set back', () => {
    const clock = manualClock(100);
    const fire = (): void => {
      throw new Error('fired');
    };
    clock.after(10, fire)();
    clock.after(1, fire);
    clock.set(50);
    expect(clock.now()).toBe(50);
    expect(() => {
      clock.advance(-1);
    }).toThrow('allowed is 0 and up');
  });
});

describe('waitFor', () => {
  it('returns what the condition gave', async () => {
    let calls = 0;
    expect(await waitFor(() => (calls += 1) > 2 && 'value', { what: 'three calls', everyMs: 1 })).toBe(
      'value',
    );
  });

  it('names what it waited for and the last error', async () => {
    const broken = (): never => {
      throw new Error('refused');
    };
    await expect(waitFor(broken, { what: 'the moon', timeoutMs: 5, everyMs: 1 })).rejects.toThrow(
      'waited 5 ms for the moon: refused',
    );
  });
});

describe('splitAt', () => {
  it('cuts at every byte, both ends included', () => {
    const cuts = [...splitAt(Uint8Array.of(1, 2))].map(([a, b]) => [[...a], [...b]]);
    expect(cuts).toEqual([
      [[], [1, 2]],
      [[1], [2]],
      [[1, 2], []],
    ]);
  });
});
