import { EXIT } from '@murmur/service';

/** `murmur-mesos master|agent [flags]`: only what is asked for is loaded. */
const USAGE = `Usage: murmur-mesos <master|agent> [flags]

  master   offers, tasks and state over Mesos's v1 HTTP APIs
  agent    runs executors and command tasks for a master

murmur-mesos <master|agent> --help lists the flags.
`;

const [, , command] = process.argv;
if (command === 'master') {
  const { masterMain } = await import('./master/main.js');
  await masterMain();
} else if (command === 'agent') {
  const { agentMain } = await import('./agent/main.js');
  await agentMain();
} else if (command === '--help' || command === '-h' || command === 'help') {
  process.stdout.write(USAGE);
} else {
  process.stderr.write(
    `murmur-mesos: command is "${command ?? ''}", allowed are master and agent\n\n${USAGE}`,
  );
  process.exit(EXIT.usage);
}
