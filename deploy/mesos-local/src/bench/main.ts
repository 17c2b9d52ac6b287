/** scripts/bench/cluster: how fast one master takes agents, offers, and launches, with simulated agents. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineOptions, EXIT, OptionError, optionsOrExit, type OptionValues } from '@murmur/service';
import { ALL_SUBSCRIBED } from '../simulate/index.js';
import { runBench, type Bench } from './phases.js';
import { startMesos, startPeer, type BenchProcess } from './processes.js';

/** Above this the machine is busy with something else and a figure would say little. */
const LOAD_MAX = 0.5;

const benchOptions = defineOptions({
  agents: { type: 'integer', default: 1_000, min: 1, max: 20_000, help: 'simulated agents, in one process' },
  tasks: {
    type: 'integer',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    help: 'tasks to launch; at most 20 for each agent',
  },
  offerRounds: {
    type: 'integer',
    default: 10,
    min: 1,
    max: 1_000,
    help: 'times that all agents are offered',
  },
  peerRounds: { type: 'integer', default: 5, min: 1, max: 100, help: 'rounds of the server compared with' },
  anyLoad: { type: 'boolean', default: false, help: `run on a machine with a load above ${LOAD_MAX} too` },
});

const program = {
  name: 'scripts/bench/cluster',
  summary: 'Registrations, offers and launches per second of one master with simulated agents.',
};
/** The smallest simulated agent has 2 cpus, a task takes 0.1. */
const TASKS_PER_AGENT_MAX = 20;

function checked(values: OptionValues<typeof benchOptions>): OptionValues<typeof benchOptions> {
  const most = values.agents * TASKS_PER_AGENT_MAX;
  if (values.tasks > most)
    throw new OptionError(
      `--tasks: ${values.tasks} is not allowed; allowed are at most ${most} on ${values.agents} agents`,
    );
  return values;
}

const options = optionsOrExit({ ...program, options: benchOptions }, checked);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const load = loadavg()[0] ?? 0;
if (load > LOAD_MAX && !options.anyLoad) {
  process.stderr.write(
    `the load is ${load.toFixed(2)}, above ${LOAD_MAX}: use --any-load to run all the same\n`,
  );
  process.exit(EXIT.failed);
}
say(
  `${options.agents} agents, ${options.tasks} tasks; Node.js ${process.version}, ${availableParallelism()} cores, load ${load.toFixed(2)}`,
);
process.exitCode = (await run()) ? EXIT.ok : EXIT.failed;

async function run(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'murmur-bench-cluster-'));
  const started: BenchProcess[] = [];
  const begin = (process: BenchProcess): BenchProcess => {
    started.push(process);
    return process;
  };
  let cleaning: Promise<void> | null = null;
  const clean = (): Promise<void> =>
    (cleaning ??= stopAll(started).then(() => rmSync(folder, { recursive: true, force: true })));
  const interrupt = (): void => void clean().then(() => process.exit(EXIT.failed));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const flags = ['--port', '0', '--work-dir', join(folder, 'master'), '--log-level', 'info'];
    const master = begin(startMesos(['master', ...flags]));
    const port = Number((await master.line('started'))['port']);
    const idle = master.cpuSeconds();
    const agents = begin(
      startMesos([
        'agent',
        ...['--master', `127.0.0.1:${port}`, '--work-dir', join(folder, 'agents')],
        ...['--simulate', String(options.agents)],
      ]),
    );
    const registeredMs = Number((await agents.line(ALL_SUBSCRIBED))['ms']);
    say(
      `register: ${options.agents} agents in ${(registeredMs / 1000).toFixed(2)} s, ${(master.cpuSeconds() - idle).toFixed(2)} CPU-seconds of the master`,
    );
    const peer = begin(startPeer());
    const peerPort = Number((await peer.line('started'))['port']);
    const bench: Bench = {
      ...options,
      master,
      masterAddress: { host: '127.0.0.1', port },
      peerAddress: { host: '127.0.0.1', port: peerPort },
      say,
    };
    return await runBench(bench);
  } finally {
    await clean();
  }
}

async function stopAll(processes: readonly BenchProcess[]): Promise<void> {
  for (const process of [...processes].reverse()) await process.stop();
}
