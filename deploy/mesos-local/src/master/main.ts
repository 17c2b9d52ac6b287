import { EXIT, runProcess } from '@murmur/service';
import { takeArguments } from '../options/arguments.js';
import { EXIT_LOST_LEADERSHIP } from './election.js';
import { masterOptions } from './options.js';
import { startMaster } from './start.js';

/**
 * `murmur-mesos master`: the process. Flags are read from behind the word `master`, or behind the program where there is none.
 * Exits 3 when it led and lost the lead, 1 when its registry cannot be read or written.
 */
export async function masterMain(): Promise<void> {
  takeArguments('master', masterOptions);
  await runProcess({
    name: 'murmur-mesos master',
    summary: "Offers agents' resources to frameworks, over Mesos's v1 HTTP APIs.",
    options: masterOptions,
    start: (flags, tools) =>
      startMaster(flags, {
        ...tools,
        onLost: () => process.exit(EXIT_LOST_LEADERSHIP),
        onFailure: (error) => {
          tools.log.error({ err: error }, 'the registry failed, exiting');
          process.exit(EXIT.failed);
        },
      }),
  });
}
