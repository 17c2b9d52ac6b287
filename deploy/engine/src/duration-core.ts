/** Durations as Mesos writes them on flags and in environments: `15secs`, `1.5mins`, `250ms` (stout `duration.hpp`). */

const UNITS = [
  ['ns', 1],
  ['us', 1_000],
  ['ms', 1_000_000],
  ['secs', 1_000_000_000],
  ['mins', 60_000_000_000],
  ['hrs', 3_600_000_000_000],
  ['days', 86_400_000_000_000],
  ['weeks', 604_800_000_000_000],
] as const;

const ALLOWED = 'a number with one of ns, us, ms, secs, mins, hrs, days, weeks, such as 15secs';
const NS_PER_MS = 1_000_000;

/** For the table of flags; a value that fits it is a duration. */
export const DURATION_PATTERN = /^\d+(\.\d+)?(ns|us|ms|secs|mins|hrs|days|weeks)$/;

/** Nanoseconds of `15secs`. Throws RangeError naming text and allowed form; negative ones are not taken. */
export function parseDurationNs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text);
  const unit = UNITS.find(([name]) => name === match?.[2]);
  if (match === null || unit === undefined)
    throw new RangeError(`duration "${text}" is not allowed; allowed is ${ALLOWED}`);
  return Math.round(Number(match[1]) * unit[1]);
}

/** Milliseconds of `15secs`, with a fraction for what is finer. Throws as `parseDurationNs`. */
export function parseDurationMs(text: string): number {
  return parseDurationNs(text) / NS_PER_MS;
}

/** The largest unit that needs no fraction, as Mesos prints: 90 s is `90secs`, 120 s `2mins`, nothing `0ns`. */
export function printDurationNs(nanoseconds: number): string {
  const whole = Math.round(nanoseconds);
  const unit = UNITS.findLast(([, size]) => whole !== 0 && whole % size === 0) ?? UNITS[0];
  return `${whole / unit[1]}${unit[0]}`;
}

export function printDurationMs(milliseconds: number): string {
  return printDurationNs(milliseconds * NS_PER_MS);
}
