/** Values as people read them. */

const STEPS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `3m`, `2h`, `0s`: how long ago, rounded down to one unit. */
export function agoText(at: number, now: number): string {
  const ms = Math.max(0, now - at);
  const [unit, size] = STEPS.find(([, each]) => ms >= each) ?? ['s', 1_000];
  return `${Math.floor(ms / size)}${unit}`;
}

/** `2026-11-22 04:31:48`, UTC. */
export function clockText(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** `http:31000 admin:31001`, by name. */
export function portsText(ports: Readonly<Record<string, number>>): string {
  return Object.entries(ports)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, port]) => `${name}:${port}`)
    .join(' ');
}

interface SizesShape {
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
  readonly gpus: number;
}

/** `0.25 cpu, 128 MB, disk 64 MB`. */
export function sizesText({ cpus, memMb, diskMb, gpus }: SizesShape): string {
  const gpu = gpus > 0 ? `, ${gpus} gpu` : '';
  return `${numberText(cpus)} cpu, ${numberText(memMb)} MB, disk ${numberText(diskMb)} MB${gpu}`;
}

/** At most three digits behind the point. */
export function numberText(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** `2 RUNNING, 1 PENDING`. */
export function statesText(states: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(states)
    .filter(([, count]) => count !== undefined && count > 0)
    .map(([state, count]) => `${count ?? 0} ${state}`)
    .join(', ');
}

const LINE_MAX = 4_000;

/** One line of bounded length without what a terminal acts on: errors quote configs and answers. */
export function lineText(text: string): string {
  const line = text
    .trim()
    .replaceAll(/\s*[\r\n]\s*/g, ' ')
    .replaceAll(/\p{Cc}/gu, '\u{fffd}');
  return line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX)}…`;
}
