/** What the benchmark of queues is to reach, and whether it did. Pure. */
import { median } from '../common/measure-core.js';

export interface Goal {
  readonly what: string;
  readonly bound: 'at least' | 'at most';
  readonly value: number;
  /** Digits after the point, and the unit: how figures are shown. */
  readonly digits: number;
  readonly unit: string;
}

export interface Verdict {
  readonly goal: Goal;
  /** NaN: no round counts. */
  readonly measured: number;
}

export const GOALS = {
  flood: ratio('flood, ops per server CPU-second ÷ memcached', 0.6),
  fsyncBeanstalkd: ratio('fsync, sets per second ÷ beanstalkd -f 0', 10),
  fsyncRedis: ratio('fsync, sets per second ÷ Redis appendfsync always', 1),
  fairness: {
    what: 'fairness, p99 of a small set between large ones',
    bound: 'at most',
    value: 44,
    digits: 1,
    unit: ' ms',
  },
} as const satisfies Record<string, Goal>;

function ratio(what: string, value: number): Goal {
  return { what, bound: 'at least', value, digits: 2, unit: '' };
}

export interface Pair {
  readonly ours: number;
  readonly peer: number;
  /** A round in which something was lost, doubled or out of order does not count. */
  readonly faults: number;
}

/** The median of the ratios of the rounds that count; NaN when none does. */
export function medianRatio(rounds: readonly Pair[]): number {
  return median(rounds.filter((round) => round.faults === 0).map(({ ours, peer }) => ours / peer));
}

export const shown = ({ digits, unit }: Goal, value: number): string =>
  Number.isNaN(value) ? '-' : `${value.toFixed(digits)}${unit}`;

/** `met`, `missed by N`, or that nothing was measured. */
export function verdictText({ goal, measured }: Verdict): string {
  if (Number.isNaN(measured)) return 'no round counts';
  const short = goal.bound === 'at least' ? goal.value - measured : measured - goal.value;
  return short <= 0 ? 'met' : `missed by ${shown(goal, short)}`;
}

/** One row for the table at the end. */
export function verdictRow(verdict: Verdict): string[] {
  const { goal, measured } = verdict;
  return [goal.what, shown(goal, measured), `${goal.bound} ${shown(goal, goal.value)}`, verdictText(verdict)];
}
