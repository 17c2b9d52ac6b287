import { parseJob } from '@murmur/job-config';
import { launchOf, type ExecutorSettings } from '../../src/engine/launch-core.js';
import type { Task } from '../../src/model/task.js';
import { taskConfigOf } from '../../src/state/config.js';

const settings: ExecutorSettings = {
  node: '/usr/bin/node',
  path: '/opt/it is/thermos.cjs',
  flags: '--announcer-ensemble 127.0.0.1:2181',
  overhead: { cpus: 0.05, memMb: 64, diskMb: 16 },
  taskUser: '',
};

const parsed = parseJob({
  cluster: 'local',
  role: 'www',
  environment: 'prod',
  name: 'web',
  service: true,
  instances: 3,
  announce: { primary_port: 'http' },
  task: {
    name: 'web',
    processes: [{ name: 'main', cmdline: 'serve {{thermos.ports[http]}} {{thermos.ports[admin]}}' }],
    resources: { cpu: 0.25, ram: 128 * 2 ** 20, disk: 64 * 2 ** 20 },
  },
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
const config = taskConfigOf(parsed.value);

const task: Task & { placement: NonNullable<Task['placement']> } = {
  id: 'www-prod-web-2-x',
  job: 'www/prod/web',
  instance: 2,
  configId: config.id,
  state: 'ASSIGNED',
  events: [],
  placement: { agentId: 'S1', host: 'h1', ports: { http: 31_005, admin: 31_001 } },
  ancestorId: null,
  failureCount: 0,
  flaps: 0,
  throttledUntil: null,
};

describe('the launch of a task', () => {
  const launch = launchOf(task, config, settings);

  it('asks for what the task needs, its ports among it, and for its executor beside that', () => {
    expect(launch).toMatchObject({ taskId: task.id, name: 'www/prod/web', agentId: 'S1' });
    expect(launch.resources).toEqual({
      ...{ cpus: 0.25, memMb: 128, diskMb: 64, gpus: 0 },
      ports: [
        { first: 31_001, last: 31_001 },
        { first: 31_005, last: 31_005 },
      ],
    });
    expect(launch.portNames).toEqual({ http: 31_005, admin: 31_001 });
    expect(launch.executor).toMatchObject({
      id: 'thermos-www-prod-web-2-x',
      command: "exec /usr/bin/node '/opt/it is/thermos.cjs' executor --announcer-ensemble 127.0.0.1:2181",
      resources: { cpus: 0.05, memMb: 64, diskMb: 16 },
    });
  });

  it('carries the whole job and the instance, without what is only the scheduler’s', () => {
    const data = JSON.parse(new TextDecoder().decode(launch.data)) as Record<string, unknown>;
    expect(data).toMatchObject({ role: 'www', name: 'web', instance: 2, task: { name: 'web' } });
    expect(data).not.toHaveProperty('instances');
    expect(data).not.toHaveProperty('update_config');
  });

  it('runs as the user of the flag, where the task names none', () => {
    const data = new TextDecoder().decode(launchOf(task, config, { ...settings, taskUser: 'nobody' }).data);
    expect(JSON.parse(data)).toMatchObject({ task: { user: 'nobody' } });
  });
});
