import { EXIT, runProcess } from '@murmur/service';
import { normaliseFlags } from '../options/flags-core.js';
import { EXIT_LOST_LEADERSHIP } from './election.js';
import { masterOptions } from './options.js';
import { startMaster } from './start.js';

/**
 * `murmur-mesos master`: the process. Flags are read from behind the word `master`, or behind the program where there is none.
 * Exits 3 when it led and lost the lead, 1 when its registry cannot be read or written.
 */
export async function masterMain(): Promise<void> {
  const given = process.argv.slice(process.argv[2] === 'master' ? 3 : 2);
  const booleans = Object.entries(masterOptions).flatMap(([name, spec]) =>
    spec.type === 'boolean' ? [name] : [],
  );
  process.argv.splice(2, process.argv.length, ...normaliseFlags(given, booleans));
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
