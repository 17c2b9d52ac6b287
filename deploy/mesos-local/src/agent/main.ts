import { runProcess } from '@murmur/service';
import { takeArguments } from '../options/arguments.js';
import { startSimulation } from '../simulate/index.js';
import { agentValues } from './option-values.js';
import { agentOptions } from './options.js';
import { startAgent } from './start.js';

/** `murmur-mesos agent`: the process. Flags are read from behind the word `agent`, or behind the program where there is none. */
export async function agentMain(): Promise<void> {
  takeArguments('agent', agentOptions);
  await runProcess({
    name: 'murmur-mesos agent',
    summary: 'Runs executors and command tasks for a master.',
    options: agentOptions,
    start: (flags, tools) => {
      if (flags.simulate === 0) return startAgent(flags, tools);
      agentValues(flags); // refuses what a real agent would
      return Promise.resolve(startSimulation(flags, tools));
    },
  });
}
