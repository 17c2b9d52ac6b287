/** The executor as it is shipped, with a real ZooKeeper and real health checks. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { connectDiscovery, type Discovery, type Member, type ServerSet } from '@murmur/discovery';
import { freePort, onStopAll, startZooKeeper, stopAll, waitFor, type TestServer } from '@murmur/testkit';
import { startAgent, type StubAgent } from '../support/agent.js';
import { bundled, isAlive, reported, startExecutor, type ExecutorProcess } from '../support/executor.js';
import { instanceOf, QUICK_CHECK, taskInfo } from '../support/tasks.js';

const SERVICE = resolve(import.meta.dirname, '../support/service.mjs');
const PATH = '/aurora/root/test/hello';
const log = { info: () => undefined, warn: () => undefined };

let zk: TestServer;
let discovery: Discovery;
let set: ServerSet;
let agent: StubAgent;

beforeAll(async () => {
  await bundled();
  zk = await startZooKeeper();
  onStopAll(() => zk.stop());
  discovery = connectDiscovery({
    zk: `127.0.0.1:${zk.port}`,
    sessionTimeoutMs: 10_000,
    log,
    reconnectGraceMs: 0,
  });
  onStopAll(() => discovery.close());
  set = discovery.watch(PATH);
}, 120_000);
afterAll(stopAll, 60_000);

beforeEach(async () => {
  const own = await startAgent();
  onStopAll(() => own.stop());
  agent = own;
});

/** Launches a service that is announced; healthy as soon as `ready` is beside it. */
async function launch(
  mode: string,
  sessionTimeoutMs = 10_000,
): Promise<{ executor: ExecutorProcess; ports: { health: number; http: number } }> {
  const flags = [
    '--announcer-ensemble',
    `127.0.0.1:${zk.port}`,
    '--session-timeout-ms',
    `${sessionTimeoutMs}`,
  ];
  const executor = await startExecutor(agent, { flags });
  const [first, second] = [await freePort(), await freePort()].sort((a, b) => a - b) as [number, number];
  // Names get ports in sorted order: health, then http.
  const ports = { health: first, http: second };
  const cmdline = [
    'echo $$ > pid',
    'while [ ! -e ready ]; do sleep 0.02; done',
    `exec node ${SERVICE} {{thermos.ports[health]}} ${zk.port} ${mode}`,
  ].join('; ');
  const more = {
    health_check_config: QUICK_CHECK,
    announce: { portmap: { aurora: 'http', admin: '8080' } },
    lifecycle: { http: { graceful_shutdown_wait_secs: 0, shutdown_wait_secs: 0 } },
  };
  agent.launch(taskInfo('t1', instanceOf(cmdline, more), [first, second]));
  await waitFor(() => existsSync(join(executor.sandbox, 'pid')), { what: 'the process' });
  return { executor, ports };
}

const member = (): Promise<Member> => waitFor(() => set.members()[0] ?? false, { what: 'the member' });
const nobody = (): Promise<true> => waitFor(() => set.members().length === 0, { what: 'no member' });

describe('the announcer', () => {
  it('writes Aurora\u2019s member once the task is healthy, and takes it out before the process hears anything', async () => {
    const { executor, ports } = await launch('stubborn');
    await reported(agent, executor, 'TASK_STARTING');
    await waitFor(async () => (await executor.output()).includes('health check failed'), { what: 'a check' });
    expect(set.members()).toEqual([]);
    await writeFile(join(executor.sandbox, 'ready'), '');
    await reported(agent, executor, 'TASK_RUNNING');
    const at = (port: number) => ({ host: '127.0.0.1', port });
    expect(await member()).toMatchObject({
      serviceEndpoint: at(ports.http),
      additionalEndpoints: {
        health: at(ports.health),
        http: at(ports.http),
        aurora: at(ports.http),
        admin: at(8080),
      },
      status: 'ALIVE',
      shard: 3,
    });
    const pid = Number(await readFile(join(executor.sandbox, 'pid'), 'utf8'));
    agent.kill('t1', 1);
    await reported(agent, executor, 'TASK_KILLED');
    expect(isAlive(pid)).toBe(false);
    await nobody();
    // The service writes down which ephemeral nodes there were when it heard of its end: none.
    const heard = await readFile(join(executor.sandbox, 'heard'), 'utf8');
    expect(heard).toMatch(/^\/quitquitquit:\n\/abortabortabort:\n(SIGTERM:\n)+$/);
  });

  it('takes the member out when the task ends by itself', async () => {
    const { executor } = await launch('plain');
    await writeFile(join(executor.sandbox, 'ready'), '');
    await member();
    const pid = Number(await readFile(join(executor.sandbox, 'pid'), 'utf8'));
    process.kill(pid, 'SIGTERM');
    await reported(agent, executor, 'TASK_FINISHED');
    await nobody();
  });

  it('writes it again after a session was lost', async () => {
    const { executor } = await launch('plain', 1_000);
    await writeFile(join(executor.sandbox, 'ready'), '');
    const before = await member();
    executor.signal('SIGSTOP');
    await nobody();
    executor.signal('SIGCONT');
    expect((await member()).name).not.toBe(before.name);
    agent.kill('t1', 0);
    await reported(agent, executor, 'TASK_KILLED');
    await nobody();
  });

  it('runs .before-announce of the sandbox before every announcement, and waits until it exits with 0', async () => {
    const { executor } = await launch('plain', 1_000);
    const at = (name: string): string => join(executor.sandbox, name);
    await writeFile(at('.before-announce'), 'echo asked >> asked; test -e allowed');
    await writeFile(at('ready'), '');
    const asked = async (): Promise<number> =>
      existsSync(at('asked')) ? (await readFile(at('asked'), 'utf8')).trim().split('\n').length : 0;
    await waitFor(async () => (await asked()) > 1, { what: 'it to be run, and run again' });
    expect(set.members()).toEqual([]);
    await writeFile(at('allowed'), '');
    await member();
    const before = await asked();
    executor.signal('SIGSTOP');
    await nobody();
    executor.signal('SIGCONT');
    await member();
    expect(await asked()).toBe(before + 1);
    agent.kill('t1', 0);
    await reported(agent, executor, 'TASK_KILLED');
    await nobody();
  });

  it('waits for a ZooKeeper that is away, and the task runs meanwhile', async () => {
    await zk.kill();
    const { executor } = await launch('plain');
    await writeFile(join(executor.sandbox, 'ready'), '');
    await reported(agent, executor, 'TASK_RUNNING');
    await zk.restart();
    await member();
    agent.kill('t1', 0);
    await reported(agent, executor, 'TASK_KILLED');
    await nobody();
  });
});
