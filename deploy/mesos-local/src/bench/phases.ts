import type { TaskStatus } from '@murmur/engine';
import { BenchFramework } from './framework.js';
import { CONNECTIONS, createPoster, type Address } from './http.js';
import { planLaunches, type Launches } from './launches-core.js';
import type { BenchProcess } from './processes.js';
import { Tally, median } from './tally-core.js';

export interface Bench {
  readonly agents: number;
  readonly tasks: number;
  readonly offerRounds: number;
  readonly peerRounds: number;
  readonly master: BenchProcess;
  readonly masterAddress: Address;
  readonly peerAddress: Address;
  readonly say: (line: string) => void;
}

/** Runs all phases and says what came out. False: a task was lost, doubled, or is not where it should be. */
export async function runBench(bench: Bench): Promise<boolean> {
  const framework = await BenchFramework.subscribe(bench.masterAddress);
  try {
    await measureOffers(bench, framework);
    const plan = planLaunches(framework.frameworkId, [...framework.offers.values()], bench.tasks);
    const { tally, calls, callsPerSecond } = await measureLaunches(bench, framework, plan);
    const verdict = tally.verdict(await reconcile(framework, bench.tasks));
    const memory = bench.master.memoryMb();
    bench.say(
      `master: ${bench.master.cpuSeconds().toFixed(2)} CPU-seconds in all, resident ${memory.now.toFixed(0)} MB, at most ${memory.most.toFixed(0)} MB`,
    );
    await comparePeer(bench, calls, callsPerSecond);
    for (const fault of verdict.faults) bench.say(`WRONG: ${fault}`);
    bench.say(
      `correct: ${verdict.running} of ${bench.tasks} tasks said RUNNING, ${verdict.repeats} updates came again, ${verdict.faults.length === 0 ? 'none lost, none doubled' : 'SEE ABOVE'}`,
    );
    await framework.say({ type: 'TEARDOWN' });
    return verdict.faults.length === 0;
  } finally {
    framework.close();
  }
}

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1000;

/** All agents are offered, declined in one call, and asked for again by REVIVE: what an allocation and its offers cost. */
async function measureOffers(bench: Bench, framework: BenchFramework): Promise<void> {
  await allOffered(bench, framework);
  const cpu = bench.master.cpuSeconds();
  const started = performance.now();
  const seen = framework.offersSeen;
  for (let round = 0; round < bench.offerRounds; round++) {
    const offer_ids = [...framework.offers.keys()].map((value) => ({ value }));
    framework.offers.clear();
    await framework.say({ type: 'DECLINE', decline: { offer_ids, filters: { refuse_seconds: 3600 } } });
    await framework.say({ type: 'REVIVE', revive: {} });
    await allOffered(bench, framework);
  }
  const seconds = secondsSince(started);
  const offers = framework.offersSeen - seen;
  bench.say(
    `offer: ${(offers / seconds).toFixed(0)} offers/s (${offers} in ${seconds.toFixed(2)} s: ${bench.offerRounds} times all agents declined and revived), ${(bench.master.cpuSeconds() - cpu).toFixed(2)} CPU-seconds of the master`,
  );
}

async function allOffered({ agents }: Bench, framework: BenchFramework): Promise<void> {
  if (await framework.until(() => framework.offers.size === agents)) return;
  throw new Error(`${framework.offers.size} of ${agents} agents were offered`);
}

interface Launched {
  readonly tally: Tally;
  /** Bodies of all ACCEPTs and ACKNOWLEDGEs. */
  readonly calls: readonly string[];
  readonly callsPerSecond: number;
}

/** From the first ACCEPT until every task is RUNNING and every update acknowledged. */
async function measureLaunches(
  bench: Bench,
  framework: BenchFramework,
  { taskIds, bodies }: Launches,
): Promise<Launched> {
  const tally = new Tally(taskIds);
  let updates = 0;
  framework.onUpdate = (status) => {
    updates += 1;
    tally.add(status);
  };
  const calls: string[] = [];
  framework.recorded = calls;
  const cpu = bench.master.cpuSeconds();
  const started = performance.now();
  await postAll(bodies, (body) => framework.call(body));
  const accepted = secondsSince(started);
  const all = await framework.until(
    () => tally.running === taskIds.length && framework.acknowledged === updates,
  );
  const running = secondsSince(started);
  if (!all)
    bench.say(
      `launch: ${tally.running} tasks are RUNNING, ${framework.acknowledged} of ${updates} updates acknowledged`,
    );
  bench.say(
    `launch: ${(taskIds.length / accepted).toFixed(0)} launches/s (${taskIds.length} tasks in ${bodies.length} ACCEPTs, all accepted after ${accepted.toFixed(2)} s; the updates of the first are acknowledged meanwhile)`,
  );
  bench.say(
    `run: all ${taskIds.length} are TASK_RUNNING and all ${updates} updates acknowledged after ${running.toFixed(2)} s (${(taskIds.length / running).toFixed(0)} tasks/s), ${(bench.master.cpuSeconds() - cpu).toFixed(2)} CPU-seconds of the master`,
  );
  framework.recorded = null;
  return { tally, calls, callsPerSecond: calls.length / running };
}

/** As many at a time as there are connections. */
async function postAll(bodies: readonly string[], post: (body: string) => Promise<void>): Promise<void> {
  const left = bodies.values();
  const worker = async (): Promise<void> => {
    for (const body of left) await post(body);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

/** Asks the master for all that it knows of the framework. */
async function reconcile(framework: BenchFramework, expected: number): Promise<readonly TaskStatus[]> {
  const answers: TaskStatus[] = [];
  framework.onUpdate = (status) => {
    if (status.reason === 'REASON_RECONCILIATION') answers.push(status);
  };
  await framework.say({ type: 'RECONCILE', reconcile: {} });
  await framework.until(() => answers.length >= expected);
  return answers;
}

/** The same bodies over as many connections of the same client to a server that only parses them. */
async function comparePeer(bench: Bench, calls: readonly string[], callsPerSecond: number): Promise<void> {
  const poster = createPoster(bench.peerAddress);
  const rates: number[] = [];
  try {
    // One more round than is counted: the first warms the server up, as the offers did the master.
    for (let round = 0; round <= bench.peerRounds; round++) {
      const started = performance.now();
      await postAll(calls, (body) => poster.post('/', body, {}, 202));
      if (round > 0) rates.push(calls.length / secondsSince(started));
    }
  } finally {
    poster.close();
  }
  const rate = median(rates);
  bench.say(
    `compared: the master took ${callsPerSecond.toFixed(0)} calls/s (ACCEPTs and ACKNOWLEDGEs) while it told agents to launch and forwarded their updates; a bare Node.js HTTP server that only parses the same ${calls.length} bodies and answers 202 takes ${rate.toFixed(0)}/s (same client, ${CONNECTIONS} connections, median of ${bench.peerRounds}): ratio ${(callsPerSecond / rate).toFixed(2)}`,
  );
}
