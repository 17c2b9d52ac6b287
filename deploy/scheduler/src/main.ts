import { EXIT, runProcess } from '@murmur/service';
import { EXIT_LOST_LEADERSHIP } from './leader.js';
import { schedulerOptions } from './options.js';
import { startScheduler } from './start.js';

/** Everything but the scheduler itself loads only what it needs. */
const [, , command, ...argv] = process.argv;
const { stdin, stdout, stderr } = process;

if (command === 'hash-password') {
  const { hashCommand } = await import('./http/index.js');
  process.exitCode = await hashCommand(argv, { stdin, stdout, stderr });
} else if (command === 'backup' || command === 'log') {
  const { storageCommand } = await import('./storage/command.js');
  process.exitCode = await storageCommand([command, ...argv], { stdout, stderr });
} else {
  await runProcess({
    name: 'murmur-scheduler',
    summary:
      'Runs jobs on a cluster, as Apache Aurora does. Other commands: backup, log, hash-password; each has --help.',
    options: schedulerOptions,
    start: (flags, tools) =>
      startScheduler(flags, {
        ...tools,
        onLost: () => process.exit(EXIT_LOST_LEADERSHIP),
        onFailure: (error) => {
          tools.log.error({ err: error }, 'the scheduler cannot go on, exiting');
          process.exit(EXIT.failed);
        },
      }),
  });
}
