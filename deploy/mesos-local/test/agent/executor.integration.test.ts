import { stopAll, waitFor } from '@murmur/testkit';
import {
  FRAMEWORK,
  agentAt,
  customTask,
  effectsOf,
  kill,
  registered,
  run,
  scriptedMaster,
} from './support.js';

afterEach(stopAll);

describe('a custom executor', () => {
  it('is started, told of itself, given its task, and ends it', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master);
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay')));
    const running = await master.waitForState('c1', 'TASK_RUNNING');
    expect(running.container_status?.executor_pid).toEqual(expect.any(Number));
    expect(running.executor_id).toBeUndefined();
    master.send(kill('c1'));
    await master.waitForState('c1', 'TASK_KILLED');
    expect(effectsOf(options).slice(1)).toEqual([
      'subscribed',
      'launch c1',
      'c1 TASK_RUNNING',
      'c1 TASK_KILLED',
    ]);
  });

  it('gets the environment that a real agent gives', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master);
    await registered(master, agent);
    master.send(run(customTask('c1', 'finish', { env: { MORE: 'of it' } })));
    await master.waitForState('c1', 'TASK_FINISHED');
    const environment = JSON.parse(effectsOf(options)[0]?.slice('environment '.length) ?? '{}') as object;
    expect(
      Object.keys(environment)
        .filter((name) => !['PWD', 'OLDPWD', 'MURMUR_CONTAINER'].includes(name))
        .sort(),
    ).toEqual([
      'LIBPROCESS_IP',
      'LIBPROCESS_PORT',
      'MESOS_AGENT_ENDPOINT',
      'MESOS_CHECKPOINT',
      'MESOS_DIRECTORY',
      'MESOS_EXECUTOR_ID',
      'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD',
      'MESOS_FRAMEWORK_ID',
      'MESOS_HTTP_COMMAND_EXECUTOR',
      'MESOS_RECOVERY_TIMEOUT',
      'MESOS_SANDBOX',
      'MESOS_SLAVE_ID',
      'MESOS_SLAVE_PID',
      'MESOS_SUBSCRIPTION_BACKOFF_MAX',
      'MORE',
      'PATH',
    ]);
    expect(environment).toMatchObject({
      MESOS_AGENT_ENDPOINT: `127.0.0.1:${agent.port}`,
      MESOS_CHECKPOINT: '1',
      MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
      MESOS_RECOVERY_TIMEOUT: '15mins',
      MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
      MORE: 'of it',
    });
  });

  it('runs several tasks, and all of a group', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master);
    await registered(master, agent);
    const executor = customTask('c1', 'finish').executor!;
    master.send({ ...run(customTask('c1', 'finish'), customTask('c2', 'finish')), executor, group: true });
    master.send(run(customTask('c3', 'finish')));
    for (const id of ['c1', 'c2', 'c3']) await master.waitForState(id, 'TASK_FINISHED');
    expect(effectsOf(options).filter((line) => line.startsWith('launch'))).toEqual([
      'launch c1',
      'launch c2',
      'launch c3',
    ]);
  });

  it('that ends takes its tasks along, and the master is told its status', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay'), customTask('c2', 'exit')));
    const failed = await master.waitForState('c1', 'TASK_FAILED');
    expect(failed).toMatchObject({
      source: 'SOURCE_AGENT',
      reason: 'REASON_EXECUTOR_TERMINATED',
      message: 'Executor terminated',
      executor_id: { value: 'e1' },
    });
    expect(failed.container_status).toBeUndefined();
    await waitFor(() => master.messages.find((message) => message.type === 'EXECUTOR_EXITED'), {
      what: 'the exit to be told',
    });
    expect(master.messages.find((message) => message.type === 'EXECUTOR_EXITED')).toMatchObject({
      executor_id: { value: 'e1' },
      exit_status: 3 << 8,
    });
  });

  it('is asked to end, and gone after its grace time when it ignores that and SIGTERM', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master, { executorShutdownGracePeriod: '200ms' });
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay', { env: { STUBBORN: '1' } })));
    await master.waitForState('c1', 'TASK_RUNNING');
    master.send({
      type: 'SHUTDOWN_EXECUTOR',
      framework_id: { value: FRAMEWORK },
      executor_id: { value: 'e1' },
    });
    expect((await master.waitForState('c1', 'TASK_FAILED')).message).toBe('Executor terminated');
    expect(effectsOf(options)).toContain('shutdown');
  });

  it('that does not subscribe in time is ended, and its tasks fail with that reason', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master, { executorRegistrationTimeout: '300ms' });
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay', { env: { SILENT: '1' } })));
    const failed = await master.waitForState('c1', 'TASK_FAILED');
    expect(failed.reason).toBe('REASON_EXECUTOR_REGISTRATION_TIMEOUT');
  });

  it('talks with its scheduler both ways', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay')));
    await master.waitForState('c1', 'TASK_RUNNING');
    const ids = { framework_id: { value: FRAMEWORK }, executor_id: { value: 'e1' } };
    master.send({ type: 'MESSAGE', ...ids, data: 'aGVsbG8=' });
    await waitFor(() => master.messages.some(({ type, data }) => type === 'MESSAGE' && data === 'aGVsbG8='), {
      what: 'the echo',
    });
  });

  it('goes on while the master is away, and what it said meanwhile arrives when one is back', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master);
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay')));
    await master.waitForState('c1', 'TASK_RUNNING');
    master.send(run(customTask('c2', 'finish')));
    master.leads = false;
    master.drop();
    await waitFor(() => effectsOf(options).includes('c2 TASK_FINISHED'), {
      what: 'the executor to finish c2',
    });
    master.leads = true;
    await master.waitForState('c2', 'TASK_FINISHED');
    const hello = master.hellos.at(-1);
    expect(hello?.executors?.map((executor) => executor.executor_info.executor_id.value)).toEqual(['e1']);
    expect(hello?.tasks?.map((task) => task.task_id.value).sort()).toEqual(['c1', 'c2']);
    expect(hello?.agent_info.id).toEqual({ value: 'm1-S0' });
  });

  it('ends with its framework, of which nothing is reported any more', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay')));
    await master.waitForState('c1', 'TASK_RUNNING');
    master.send({ type: 'SHUTDOWN_FRAMEWORK', framework_id: { value: FRAMEWORK } });
    await waitFor(() => agent.state.runs.size === 0 && agent.state.frameworks.size === 0, {
      what: 'the framework to be gone',
    });
    expect(master.states('c1')).toEqual(['TASK_RUNNING']);
    expect(agent.state.completedFrameworks.map((framework) => framework.id)).toEqual([FRAMEWORK]);
  });
});

describe('executor authentication', () => {
  const subscribeAs = (port: number, headers: Record<string, string>, executorId = 'e1') =>
    fetch(`http://127.0.0.1:${port}/api/v1/executor`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        type: 'MESSAGE',
        framework_id: { value: FRAMEWORK },
        executor_id: { value: executorId },
        message: { data: '' },
      }),
    });

  it('lets executors in by their token, and refuses none, a wrong one and one of another executor', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master, { authenticateHttpExecutors: true });
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay'), customTask('c2', 'stay', { executorId: 'e2' })));
    await master.waitForState('c1', 'TASK_RUNNING');
    await master.waitForState('c2', 'TASK_RUNNING');
    const tokenOf = (executorId: string): string => {
      const environment = effectsOf(options, executorId)[0]?.slice('environment '.length) ?? '{}';
      return (JSON.parse(environment) as Record<string, string>)['MESOS_EXECUTOR_AUTHENTICATION_TOKEN'] ?? '';
    };
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await subscribeAs(agent.port, {})).status).toBe(401);
    expect((await subscribeAs(agent.port, bearer(`${tokenOf('e1')}x`))).status).toBe(401);
    expect((await subscribeAs(agent.port, bearer(tokenOf('e2')))).status).toBe(403);
    expect((await subscribeAs(agent.port, bearer(tokenOf('e1')))).status).toBe(202);
  });
});
