/** Durations as Mesos writes them in flags and environments: `5secs`, `1.5mins`. */

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  secs: 1_000,
  mins: 60_000,
  hrs: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

/** Milliseconds of a duration, or null when the text is none: a number with one of Mesos's units right behind it. */
export function parseDuration(text: string): number | null {
  const [, number, unit = ''] = /^([+-]?\d+(?:\.\d+)?)([a-z]+)$/.exec(text) ?? [];
  const ms = UNITS_MS[unit];
  return number === undefined || ms === undefined ? null : Number(number) * ms;
}

/** The largest unit that gives a whole number, as Mesos prints it. */
export function formatDuration(ms: number): string {
  const units = Object.entries(UNITS_MS).reverse();
  const [unit, size] = units.find(([, of]) => Number.isInteger(ms / of)) ?? ['ns', 1e-6];
  return `${Math.round(ms / size)}${unit}`;
}
