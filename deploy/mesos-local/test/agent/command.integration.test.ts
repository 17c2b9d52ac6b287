import { readFileSync, statSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import {
  agentAt,
  commandTask,
  kill,
  registered,
  run,
  scriptedMaster,
  FRAMEWORK,
  AGENT_ID,
} from './support.js';

afterEach(stopAll);

describe('a command task', () => {
  it('starts, runs and finishes, in that order, each update with what the agent knows of it', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(commandTask('t1', 'echo out; echo err >&2')));
    const finished = await master.waitForState('t1', 'TASK_FINISHED');
    expect(finished.message).toBe('Command exited with status 0');
    expect(master.states('t1')).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    for (const status of master.statuses('t1')) {
      expect(status).toMatchObject({
        source: 'SOURCE_EXECUTOR',
        agent_id: { value: AGENT_ID },
        executor_id: { value: 't1' },
        container_status: {
          network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }],
          executor_pid: expect.any(Number),
        },
      });
    }
  });

  it('has a sandbox of its own, with what it wrote, and a link to the latest', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master);
    await registered(master, agent);
    master.send(
      run(commandTask('t1', 'echo out; echo err >&2; pwd; echo $MESOS_TASK_MISSING$MESOS_SANDBOX')),
    );
    const finished = await master.waitForState('t1', 'TASK_FINISHED');
    const runs = join(options.workDir, `slaves/${AGENT_ID}/frameworks/${FRAMEWORK}/executors/t1/runs`);
    const sandbox = join(runs, finished.container_status?.container_id?.value ?? '');
    expect(statSync(sandbox).mode & 0o777).toBe(0o750);
    expect(readFileSync(join(runs, 'latest', 'stdout'), 'utf8')).toBe(`out\n${sandbox}\n${sandbox}\n`);
    expect(readFileSync(join(sandbox, 'stderr'), 'utf8')).toBe('err\n');
    expect(existsSync(join(options.workDir, 'slaves', 'latest'))).toBe(true);
  });

  it('fails with its status', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(commandTask('t1', 'exit 7'), commandTask('t2', 'kill -SEGV $$')));
    expect((await master.waitForState('t1', 'TASK_FAILED')).message).toBe('Command exited with status 7');
    expect((await master.waitForState('t2', 'TASK_FAILED')).message).toContain(
      'Command terminated with signal Segmentation fault',
    );
  });

  it('is killed: KILLING for a framework that knows it, SIGTERM, KILLED', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(commandTask('t1', 'exec sleep 1000')));
    await master.waitForState('t1', 'TASK_RUNNING');
    master.send(kill('t1'));
    const killed = await master.waitForState('t1', 'TASK_KILLED');
    expect(killed.message).toBe('Command terminated with signal Terminated');
    expect(master.states('t1')).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED']);
  });

  it('that ignores SIGTERM is gone after its grace time', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    const policy = { kill_policy: { grace_period: { nanoseconds: 300e6 } } };
    master.send(run(commandTask('t1', "trap '' TERM; while :; do sleep 0.05; done", policy)));
    await master.waitForState('t1', 'TASK_RUNNING');
    master.send(kill('t1'));
    const killed = await master.waitForState('t1', 'TASK_KILLED');
    expect(killed.message).toBe('Command terminated with signal Killed');
  });

  it('that takes longer than it may fails with that reason', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.send(run(commandTask('t1', 'exec sleep 1000', { max_completion_time: { nanoseconds: 200e6 } })));
    const failed = await master.waitForState('t1', 'TASK_FAILED');
    expect(failed.reason).toBe('REASON_MAX_COMPLETION_TIME_REACHED');
  });

  it('whose health check fails is told unhealthy and killed', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    const health_check = {
      type: 'COMMAND',
      command: { value: 'test -e good' },
      delay_seconds: 0,
      interval_seconds: 0.05,
      grace_period_seconds: 0,
      consecutive_failures: 2,
    } as const;
    master.send(run(commandTask('t1', 'touch good; sleep 0.5; rm good; exec sleep 1000', { health_check })));
    const killed = await master.waitForState('t1', 'TASK_KILLED');
    expect(killed.healthy).toBe(false);
    const told = master.statuses('t1').filter((status) => status.healthy !== undefined);
    expect(told.slice(0, 2).map((status) => status.healthy)).toEqual(expect.arrayContaining([false]));
    expect(told[0]?.reason).toBe('REASON_TASK_HEALTH_CHECK_STATUS_UPDATED');
  });

  it('is reported again and again until it is acknowledged, and then no more', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    master.acknowledge = false;
    master.send(run(commandTask('t1', 'true')));
    await master.waitForState('t1', 'TASK_STARTING');
    master.acknowledge = true;
    master.drop();
    await master.waitForState('t1', 'TASK_FINISHED');
    expect(master.states('t1')).toEqual(['TASK_STARTING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    await waitFor(() => agent.state.frameworks.size === 0, { what: 'the framework to be forgotten' });
    expect(agent.state.streams.size).toBe(0);
  });
});
