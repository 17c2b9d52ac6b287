import { percentile, type Compacted } from './compaction-core.js';
import type { PlotPanel } from './svg-core.js';
import { WORKLOADS, type ClassName } from './workloads-core.js';

export const POLICIES = ['murmur', 'best fit', 'first fit', 'dot product'] as const;
export type PolicyName = (typeof POLICIES)[number];

/** Of one class: for each rule, one cell for each seed. */
export type ClassResults = Readonly<Record<PolicyName, readonly Compacted[]>>;

/** Borg reports the 90th percentile over its seeds. */
export const PERCENTILE = 0.9;

export const GOALS = { excessRatio: 0.1, moreMachines: 0.003, perSecond: 50_000, timesScan: 10 } as const;

export interface Goal {
  readonly text: string;
  readonly met: boolean;
}

export function excesses(cells: readonly Compacted[]): number[] {
  return cells.flatMap(({ excess }) => excess ?? []);
}

/** The percentile over seeds; null: the whole cell was not enough for one of them. */
export function tail(cells: readonly Compacted[]): number | null {
  const all = excesses(cells);
  return all.length < cells.length || all.length === 0 ? null : percentile(all, PERCENTILE);
}

/** Lines for people: a row for each rule. */
export function table(name: ClassName, results: ClassResults): string[] {
  const rows = POLICIES.map((policy) => {
    const cells = results[policy];
    const machines = cells.flatMap(({ smallest }) => smallest?.machines ?? []);
    const bounds = cells.map(({ bound }) => bound);
    const fitted = tail(cells);
    const mean = (values: readonly number[]): string =>
      (values.reduce((sum, each) => sum + each, 0) / values.length).toFixed(1);
    return fitted === null
      ? [policy, 'does not fit the whole cell', mean(bounds), '', '']
      : [policy, mean(machines), mean(bounds), percent(percentile(excesses(cells), 0.5)), percent(fitted)];
  });
  const head = [WORKLOADS[name].title, 'machines', 'bound', 'above, median', 'above, p90'];
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}

export function packingGoal(name: ClassName, results: ClassResults): Goal {
  const ours = tail(results.murmur);
  const peer = tail(results['best fit']);
  if (name === 'google') {
    const ratio = ours === null || peer === null ? Infinity : ours / peer;
    return {
      text: `${WORKLOADS[name].title}: machines above the bound, of best fit's (p90): ${ratio.toFixed(3)}, goal at most ${GOALS.excessRatio}`,
      met: ratio <= GOALS.excessRatio,
    };
  }
  const more = percentile(
    results.murmur.map(({ smallest }, i) => {
      const other = results['best fit'][i]?.smallest?.machines;
      return smallest === null || other === undefined ? Infinity : smallest.machines / other - 1;
    }),
    PERCENTILE,
  );
  return {
    text: `${WORKLOADS[name].title}: machines more than best fit (p90 of the seeds): ${percent(more)}, goal at most ${percent(GOALS.moreMachines)}`,
    met: more <= GOALS.moreMachines,
  };
}

export function panel(name: ClassName, results: ClassResults): PlotPanel {
  return {
    title: `${WORKLOADS[name].title}: machines above the lower bound`,
    rows: POLICIES.map((policy) => {
      const mark = tail(results[policy]);
      const values = mark === null ? [] : excesses(results[policy]).map((each) => each * 100);
      return { label: policy, values, mark: mark === null ? null : mark * 100, ours: policy === 'murmur' };
    }),
  };
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
