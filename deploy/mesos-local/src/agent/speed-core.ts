import type { Attribute } from '@murmur/engine';

/** Attribute of an agent: how fast one of its cores is. */
export const SPEED = 'speed';

/**
 * Classes of speed, a factor of about 1.4 apart, since two measurements of a shared machine differ by as much as a third. 100 is the
 * reference of `speed.ts`.
 */
export const SPEED_CLASSES = [25, 35, 50, 70, 100, 140, 200, 280, 400] as const;

/**
 * An agent carries its own class and all below it as values of one attribute. So the value constraint `'speed': '100'` means "at
 * least 100", and `'!200'` "slower than 200", in the words that Aurora's configs have. The slowest carries the lowest class.
 */
export function speedAttributes(speed: number): readonly Attribute[] {
  const [lowest] = SPEED_CLASSES;
  return SPEED_CLASSES.filter((at) => at === lowest || at <= speed).map((at) => ({
    name: SPEED,
    type: 'SCALAR',
    scalar: { value: at },
  }));
}

/**
 * The attributes of an agent. `--attributes` goes first where it names a speed; an agent that goes on under its id keeps what it had:
 * another measurement must not make it another agent.
 */
export function withSpeed(
  given: readonly Attribute[],
  stored: readonly Attribute[] | null,
  measure: (() => number) | null,
): readonly Attribute[] {
  if (given.some(({ name }) => name === SPEED)) return given;
  if (stored !== null) return [...given, ...stored.filter(({ name }) => name === SPEED)];
  return measure === null ? given : [...given, ...speedAttributes(measure())];
}
