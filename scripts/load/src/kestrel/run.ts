/** All parts of the benchmark, one after another, and the table of goals. */
import { tableText } from '../common/measure-core.js';
import type { Bench, Outcome } from './bench.js';
import { fairness } from './fairness.js';
import { flood } from './flood.js';
import { fsync } from './fsync.js';
import { verdictRow, type Verdict } from './goals-core.js';
import { many } from './many.js';
import type { PartName } from './plan.js';
import { readBehind } from './read-behind.js';

const PART: Readonly<Record<PartName, (bench: Bench) => Promise<Outcome>>> = {
  flood,
  fsync,
  fairness,
  'read-behind': readBehind,
  many,
};

/** Answers how many values were lost, doubled, changed, refused or out of order. */
export async function runBench(bench: Bench): Promise<number> {
  const verdicts: Verdict[] = [];
  let faults = 0;
  for (const name of bench.plan.parts) {
    const outcome = await PART[name](bench);
    verdicts.push(...outcome.verdicts);
    faults += outcome.faults;
    bench.say(`${name}: lost, doubled, changed, refused or out of order: ${outcome.faults}\n`);
  }
  if (verdicts.length > 0)
    bench.say(tableText([['goal', 'measured', 'wanted', ''], ...verdicts.map(verdictRow)]));
  bench.say(`lost, doubled, changed, refused or out of order in all: ${faults}`);
  return faults;
}
