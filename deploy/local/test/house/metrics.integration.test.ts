/** The metrics in the READMEs of the platform are those its processes export (built: `npm run build`). */
import { freePort, startProcess, stopAll, tempFolder } from '@murmur/testkit';
import { join } from 'node:path';
import { documented, root, sorted } from '../support/documents.js';

const METRIC = /^murmur_\w+/;

/** What each needs to run; no agent needs its master, and a cgroup is not measured here. */
const FLAGS: [command: string, folder: string, flags: (folder: string) => string[]][] = [
  ['murmur-mesos master', 'deploy/mesos-local', (data) => ['--work-dir', data]],
  [
    'murmur-mesos agent',
    'deploy/mesos-local',
    (data) => ['--work-dir', data, '--master', '127.0.0.1:9', '--isolation', 'posix/cpu,posix/mem'],
  ],
  ['murmur-thermos observer', 'deploy/thermos', (data) => ['--root', data]],
  [
    'murmur-scheduler',
    'deploy/scheduler',
    (data) => ['--data', data, '--master', '127.0.0.1:9', '--thermos-executor-path', join(data, 'none.cjs')],
  ],
];

afterEach(stopAll);

describe('the metrics in the documents', () => {
  it.each(FLAGS)(
    'of %s are those it exports',
    async (command, folder, flags) => {
      const [name = '', subcommand] = command.split(' ');
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      await startProcess({
        command: process.execPath,
        args: [
          join(root, folder, 'bin', name),
          ...(subcommand === undefined ? [] : [subcommand]),
          '--port',
          `${port}`,
          ...flags(await tempFolder()),
        ],
        readyUrl: `${url}/metrics`,
      });
      const text = await (await fetch(`${url}/metrics`)).text();
      const exported = [...text.matchAll(/^# TYPE (murmur_\w+) /gm)].map((m) => m[1] ?? '');
      expect(exported.length).toBeGreaterThan(0);
      expect(sorted(exported)).toEqual(sorted(documented(folder, METRIC, subcommand)));
    },
    120_000,
  );
});
