import { parseAttributes } from '../../src/resources/index.js';
import { SPEED_CLASSES, speedAttributes, withSpeed } from '../../src/agent/speed-core.js';
import { measureSpeed } from '../../src/agent/speed.js';

const values = (speed: number): (number | undefined)[] =>
  speedAttributes(speed).map(({ scalar }) => scalar?.value);
const rack = parseAttributes('rack:a');

describe('the speed of an agent', () => {
  it('is every class up to its own, so that a value constraint means "at least"', () => {
    expect(values(139)).toEqual([25, 35, 50, 70, 100]);
    expect(values(140)).toEqual([25, 35, 50, 70, 100, 140]);
  });

  it('is the lowest class on a machine that reaches none', () => {
    expect(values(3)).toEqual([25]);
  });

  it('is all classes on a machine beyond the highest', () => {
    expect(values(9_999)).toEqual([...SPEED_CLASSES]);
  });

  it('is measured once: an agent that goes on under its id keeps what it had', () => {
    const stored = withSpeed(rack, null, () => 100);
    expect(withSpeed(rack, stored, () => 400)).toEqual(stored);
  });

  it('is not measured where --attributes names it', () => {
    const given = parseAttributes('rack:a;speed:7');
    const never = (): number => {
      throw new Error('measured');
    };
    expect(withSpeed(given, null, never)).toEqual(given);
  });

  it('stays away where it is not wanted, and from an agent of before there was one', () => {
    expect(withSpeed(rack, null, null)).toEqual(rack);
    expect(withSpeed(rack, rack, () => 100)).toEqual(rack);
  });

  it('is a positive number on this machine', () => {
    expect(measureSpeed()).toBeGreaterThan(0);
  });
});
