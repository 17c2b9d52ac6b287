import mesosFramework from 'mesos-framework';
import { stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { registered, startAgent, startMaster, type TestMaster } from '../cluster/cluster.js';

interface Update {
  readonly status: {
    readonly task_id: { readonly value: string };
    readonly state: string;
    readonly message?: string;
    readonly reason?: string;
  };
}

const Mesos = mesosFramework.Mesos.getMesos();

/** A task as the client's README describes one. */
const task = (name: string, command: string) => ({
  [name]: {
    priority: 1,
    instances: 1,
    resources: { cpus: 0.1, mem: 64, ports: 1, disk: 0 },
    commandInfo: new Mesos.CommandInfo(
      null,
      new Mesos.Environment([new Mesos.Environment.Variable('GREETING', 'hello')]),
      true,
      command,
      null,
      null,
    ),
  },
});

describe('the npm client mesos-framework, unmodified, against the embedded master', () => {
  let master: TestMaster;
  let scheduler: InstanceType<typeof mesosFramework.Scheduler>;
  const updates: Update['status'][] = [];
  const heartbeats: number[] = [];

  const stateOf = (name: string, state: string): Promise<Update['status']> =>
    waitFor(
      () => updates.find((status) => status.task_id.value.includes(`.${name}-`) && status.state === state),
      { what: `${name} to be ${state} (heard: ${JSON.stringify(updates)})`, timeoutMs: 60_000 },
    );

  beforeAll(async () => {
    master = await startMaster();
    const agent = await startAgent(master, null, [
      '--resources',
      'cpus:2;mem:1024;disk:1024;ports:[31000-31010]',
    ]);
    await registered(master, [agent.hostname]);
    scheduler = new mesosFramework.Scheduler({
      masterUrl: '127.0.0.1',
      port: master.port,
      masterConnectionTimeout: 60,
      frameworkName: 'client',
      restartStates: [],
      logging: { path: await tempFolder(), fileName: 'client.log', level: 'error' },
      tasks: {
        ...task('runs', 'test "$GREETING" = hello && exec sleep 1000'),
        ...task('stays', 'exec sleep 1000'),
        ...task('finishes', 'exit 0'),
        ...task('fails', 'exit 3'),
      },
    });
    // A stream that ended it subscribes again by itself; only one that could not be opened is left to its user. To subscribe
    // after every error would open several, and each would throw out the one before.
    scheduler.on('error', ({ message }: { message?: string }) => {
      if (stopped || message?.startsWith('There was a problem with the request') !== true) return;
      setTimeout(() => scheduler.subscribe(), 200);
    });
    scheduler.on('update', (update: Update) => updates.push(update.status));
    scheduler.on('heartbeat', (at: number) => heartbeats.push(at));
    const subscribed = new Promise((resolve) => scheduler.once('subscribed', resolve));
    scheduler.once('ready', () => scheduler.subscribe());
    await subscribed;
  }, 180_000);

  let stopped = false;
  afterAll(async () => {
    stopped = true;
    await stopAll();
  }, 60_000);

  it('subscribes and hears a heartbeat', async () => {
    expect(scheduler.frameworkId).toMatch(/^[0-9a-f-]{36}-\d{4}$/);
    await waitFor(() => heartbeats.length > 0, { what: 'a heartbeat' });
  });

  it('takes offers, launches command tasks, and sees them run, finish and fail', async () => {
    await Promise.all([stateOf('runs', 'TASK_RUNNING'), stateOf('stays', 'TASK_RUNNING')]);
    expect(await stateOf('finishes', 'TASK_FINISHED')).toMatchObject({
      message: 'Command exited with status 0',
    });
    expect(await stateOf('fails', 'TASK_FAILED')).toMatchObject({ message: 'Command exited with status 3' });
  });

  it('reconciles', async () => {
    const running = scheduler.launchedTasks.find(({ name }) => name.startsWith('runs'));
    updates.length = 0;
    scheduler.reconcile(running?.taskId ?? '', running?.runtimeInfo.agentId ?? '');
    await waitFor(() => updates.find(({ reason }) => reason === 'REASON_RECONCILIATION'), {
      what: 'an answer',
    });
    expect(updates[0]).toMatchObject({ state: 'TASK_RUNNING' });
  });

  it('kills', async () => {
    const running = scheduler.launchedTasks.find(({ name }) => name.startsWith('runs'));
    scheduler.kill(running?.taskId ?? '', running?.runtimeInfo.agentId ?? '');
    expect(await stateOf('runs', 'TASK_KILLED')).toMatchObject({
      message: expect.stringContaining('terminated with signal') as string,
    });
  });

  it('survives a restart of the master with its task still running', async () => {
    const { frameworkId } = scheduler;
    heartbeats.length = 0;
    const again = new Promise((resolve) => scheduler.once('subscribed', resolve));
    master.process.signal('SIGTERM');
    await master.process.exited();
    await master.process.restart();
    await again;
    expect(scheduler.frameworkId).toBe(frameworkId);
    const running = scheduler.launchedTasks.find(({ name }) => name.startsWith('stays'));
    await waitFor(
      () => {
        scheduler.reconcile(running?.taskId ?? '', running?.runtimeInfo.agentId ?? '');
        return updates.some(
          ({ reason, state }) => reason === 'REASON_RECONCILIATION' && state === 'TASK_RUNNING',
        );
      },
      { what: 'the task to be known to the new master', timeoutMs: 60_000, everyMs: 500 },
    );
  }, 120_000);
});
