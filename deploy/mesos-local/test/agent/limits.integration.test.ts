import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onStopAll, startZooKeeper, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { connectDiscovery } from '@murmur/discovery';
import { silentLog } from '@murmur/service';
import { itUnless, whyNoCgroupsV1 } from '../containerizer/support.js';
import { agentAt, commandTask, registered, run, scalar, scriptedMaster } from './support.js';

afterEach(stopAll);

describe('a container', () => {
  itUnless(whyNoCgroupsV1())(
    'over its memory is ended, and its task fails with that reason and what was exceeded',
    async () => {
      const master = await scriptedMaster();
      const { agent } = await agentAt(master, { isolation: 'cgroups/cpu,cgroups/mem' });
      await registered(master, agent);
      master.send(
        run(
          commandTask(
            't1',
            `exec '${process.execPath}' -e 'const a=[]; for(;;) a.push(Buffer.alloc(1e6, 1))'`,
          ),
        ),
      );
      const failed = await master.waitForState('t1', 'TASK_FAILED');
      expect(failed).toMatchObject({
        source: 'SOURCE_AGENT',
        reason: 'REASON_CONTAINER_LIMITATION_MEMORY',
        executor_id: { value: 't1' },
        limitation: { resources: [{ name: 'mem', scalar: { value: 64 } }] },
      });
      expect(failed.message).toContain('Memory limit exceeded: Requested: 64MB');
      expect(failed.container_status).toBeUndefined();
    },
  );

  it('over its disk is ended where that is enforced', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master, {
      isolation: 'posix/cpu,posix/mem,disk/du',
      enforceContainerDiskQuota: true,
      containerDiskWatchInterval: '50ms',
    });
    await registered(master, agent);
    const resources = [scalar('cpus', 0.1), scalar('mem', 32), scalar('disk', 1)];
    const script = 'head -c 3000000 /dev/zero > big; exec sleep 1000';
    master.send(run(commandTask('t1', script, { resources })));
    const failed = await master.waitForState('t1', 'TASK_FAILED');
    expect(failed.reason).toBe('REASON_CONTAINER_LIMITATION_DISK');
  });

  it('gets its files first, and fails with the reason where one cannot be had', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    const file = join(await tempFolder('uris'), 'hello.sh');
    writeFileSync(file, 'echo hello; exit 5');
    const command = (uri: string) => ({
      command: { value: './hello.sh', uris: [{ value: uri, executable: true }] },
    });
    master.send(
      run(
        commandTask('t1', '', command(`file://${file}`)),
        commandTask('t2', '', command('file:///no/such/file')),
      ),
    );
    expect((await master.waitForState('t1', 'TASK_FAILED')).message).toBe('Command exited with status 5');
    const failed = await master.waitForState('t2', 'TASK_FAILED');
    expect(failed.reason).toBe('REASON_CONTAINER_LAUNCH_FAILED');
    expect(failed.message).toMatch(/^Failed to launch container: .*\/no\/such\/file/s);
  });

  it('of what this agent does not support is refused with the reason', async () => {
    const master = await scriptedMaster();
    const { agent } = await agentAt(master);
    await registered(master, agent);
    const docker = { container: { type: 'DOCKER', docker: { image: 'x' } } } as const;
    master.send(run(commandTask('t1', 'true', docker)));
    expect((await master.waitForState('t1', 'TASK_FAILED')).message).toContain(
      'container images are not supported',
    );
    master.send(run(commandTask('t3', 'true', { check: { type: 'COMMAND' } })));
    expect((await master.waitForState('t3', 'TASK_FAILED')).message).toContain('check is not supported');
  });
});

describe('an agent that is told where ZooKeeper is', () => {
  it('registers at whoever leads, and at the next one when that changes', async () => {
    const zookeeper = await startZooKeeper();
    const discovery = connectDiscovery({
      zk: `127.0.0.1:${zookeeper.port}`,
      sessionTimeoutMs: 10_000,
      log: silentLog(),
    });
    onStopAll(() => discovery.close());
    const [first, second] = [await scriptedMaster(), await scriptedMaster()];
    const elect = (address: string) => {
      const port = Number(address.split(':')[1]);
      const info = { id: address, ip: 16777343, port, address: { ip: '127.0.0.1', port } };
      return discovery.elect('/mesos', { label: 'json.info', text: JSON.stringify(info) });
    };
    const leader = elect(first.address);
    const { agent } = await agentAt(first, { master: `zk://127.0.0.1:${zookeeper.port}/mesos` });
    await registered(first, agent);
    elect(second.address);
    await leader.resign();
    first.leads = false;
    first.drop();
    await waitFor(() => second.hellos.length > 0 && agent.state.connected, {
      what: 'the second to hear of it',
    });
    expect(second.hellos[0]?.agent_info.id).toEqual({ value: 'm1-S0' });
  });
});
