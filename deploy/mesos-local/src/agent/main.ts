import { runProcess } from '@murmur/service';
import { normaliseFlags } from '../options/flags-core.js';
import { startSimulation } from '../simulate/index.js';
import { agentOptions } from './options.js';
import { startAgent } from './start.js';

/** `murmur-mesos agent`: the process. Flags are read from behind the word `agent`, or behind the program where there is none. */
export async function agentMain(): Promise<void> {
  const given = process.argv.slice(process.argv[2] === 'agent' ? 3 : 2);
  const booleans = Object.entries(agentOptions).flatMap(([name, spec]) =>
    spec.type === 'boolean' ? [name] : [],
  );
  process.argv.splice(2, process.argv.length, ...normaliseFlags(given, booleans));
  await runProcess({
    name: 'murmur-mesos agent',
    summary: 'Runs executors and command tasks for a master.',
    options: agentOptions,
    start: (flags, tools) =>
      flags.simulate > 0 ? Promise.resolve(startSimulation(flags, tools)) : startAgent(flags, tools),
  });
}
