import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createMesosEngine,
  staticDetector,
  type Engine,
  type EngineEvent,
  type EngineOffer,
  type Launch,
  type TaskUpdate,
} from '@murmur/engine';
import { connectDiscovery, type Discovery, type Member } from '@murmur/discovery';
import { onStopAll, startZooKeeper, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { registered, startAgent, startMaster, type TestAgent, type TestMaster } from './cluster.js';
import { processesOf, sandboxesOf } from './traces.js';

const run = promisify(execFile);
const thermos = join(import.meta.dirname, '..', '..', '..', 'thermos');
const quiet = { info: () => undefined, warn: () => undefined };

/** A web server that is healthy once the file `ready` is there, and notes how it was asked to go. */
const SERVER = `exec ${process.execPath} -e '
  const { existsSync, appendFileSync } = require("node:fs");
  require("node:http").createServer((request, response) => {
    if (request.url === "/quitquitquit") { appendFileSync("story", "quit\\n"); response.end("bye", () => process.exit(0)); return; }
    response.end(existsSync("ready") ? "ok" : "not yet");
  }).listen({{thermos.ports[health]}}, "127.0.0.1");
  process.on("SIGTERM", () => { appendFileSync("story", "term\\n"); process.exit(0); });
'`;

const job = (cmdline: string) => ({
  cluster: 'test',
  role: 'root',
  environment: 'test',
  name: 'web',
  service: true,
  announce: { primary_port: 'health' },
  lifecycle: { http: {} },
  health_check_config: {
    health_checker: { http: {} },
    initial_interval_secs: 60,
    interval_secs: 0.1,
    timeout_secs: 5,
    max_consecutive_failures: 3,
  },
  task: {
    name: 'web',
    processes: [{ name: 'server', cmdline, max_failures: 1, min_duration: 1 }],
    resources: { cpu: 0.2, ram: 128 * 2 ** 20, disk: 64 * 2 ** 20 },
    finalization_wait: 5,
  },
});

describe('a Thermos task on the embedded cluster, launched through the engine port', () => {
  let master: TestMaster;
  let agent: TestAgent;
  let engine: Engine;
  let discovery: Discovery;
  let members: () => readonly Member[];
  let agentId: string;
  let bundle: string;
  let zk: string;
  const events: EngineEvent[] = [];
  const updates = (): TaskUpdate[] =>
    events.flatMap((event) => (event.kind === 'update' ? [event.update] : []));

  const state = (taskId: string, wanted: TaskUpdate['state']): Promise<TaskUpdate> =>
    waitFor(() => updates().find((update) => update.taskId === taskId && update.state === wanted), {
      what: `${taskId} to be ${wanted} (heard: ${JSON.stringify(updates())})`,
      timeoutMs: 90_000,
    });

  beforeAll(async () => {
    bundle = join(await tempFolder(), 'murmur-thermos.cjs');
    await run(process.execPath, [join(thermos, 'bundle.mjs'), bundle]);
    const zooKeeper = await startZooKeeper();
    zk = `127.0.0.1:${zooKeeper.port}`;
    discovery = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log: quiet });
    onStopAll(() => discovery.close());
    const set = discovery.watch('/aurora/root/test/web');
    members = () => set.members();
    master = await startMaster();
    agent = await startAgent(master, null, ['--resources', 'cpus:4;mem:4096;disk:4096;ports:[31000-31100]']);
    agentId = (await registered(master, [agent.hostname])).get(agent.hostname) ?? '';
    engine = createMesosEngine(
      {
        detector: staticDetector(master.url),
        frameworkId: null,
        name: 'test',
        user: 'root',
        role: '*',
        principal: null,
        hostname: 'localhost',
        webuiUrl: null,
        failoverTimeoutMs: 3_600_000,
        revocable: false,
        log: quiet,
      },
      (event) => {
        events.push(event);
        if (event.kind === 'update' && event.update.receipt !== null)
          void engine.acknowledge(event.update).catch(() => undefined);
      },
    );
    onStopAll(() => engine.stop());
  }, 180_000);

  afterAll(() => stopAll(), 60_000);

  const used = new Set<string>();
  /** What is offered and neither used nor taken back. */
  function offers(): EngineOffer[] {
    const gone = new Set(
      events.flatMap((event) => (event.kind === 'offer-rescinded' ? [event.offerId] : [])),
    );
    return events
      .flatMap((event) => (event.kind === 'offers' ? event.offers : []))
      .filter(({ id }) => !gone.has(id) && !used.has(id));
  }

  /** Freed resources are offered piece by piece: not every offer is enough. */
  function fits({ resources }: EngineOffer): boolean {
    return resources.cpus >= 0.45 && resources.memMb >= 384 && resources.ports.length > 0;
  }

  async function launch(taskId: string, config: object): Promise<void> {
    const offer = await waitFor(() => offers().find(fits), { what: 'an offer', timeoutMs: 60_000 });
    used.add(offer.id);
    const port = offer.resources.ports[0]?.first ?? 0;
    const task: Launch = {
      taskId,
      name: 'root/test/web',
      agentId,
      resources: { cpus: 0.2, memMb: 128, diskMb: 64, gpus: 0, ports: [{ first: port, last: port }] },
      revocable: [],
      executor: {
        id: `thermos-${taskId}`,
        command: `exec ${process.execPath} ${bundle} executor --announcer-ensemble ${zk} --idle-exit-ms 500`,
        environment: {},
        artifacts: [],
        resources: { cpus: 0.25, memMb: 256, diskMb: 0 },
        shutdownGraceMs: null,
        user: null,
      },
      data: new TextEncoder().encode(JSON.stringify({ ...config, instance: 3 })),
      labels: {},
      portNames: { health: port },
    };
    await engine.launch([offer.id], [task], 0);
  }

  async function sandbox(taskId: string): Promise<string> {
    const [found] = (await sandboxesOf(agent)).filter((path) => path.includes(taskId));
    if (found === undefined) throw new Error(`no sandbox of ${taskId}`);
    return found;
  }

  async function story(taskId: string): Promise<string> {
    return readFile(join(await workFolder(taskId), 'story'), 'utf8').catch(() => '');
  }

  /** Where the task's processes run. */
  async function workFolder(taskId: string): Promise<string> {
    return join(await sandbox(taskId), 'sandbox');
  }

  it('is running, and announced, only once it is healthy', async () => {
    await launch('healthy', job(SERVER));
    await state('healthy', 'starting');
    // the server itself answers already, but says that it is not yet well
    await waitFor(async () => (await processesOf(agent)).length >= 2, { what: 'the server to be there' });
    expect(updates().map((update) => update.state)).not.toContain('running');
    expect(members()).toEqual([]);
    await run('touch', [join(await workFolder('healthy'), 'ready')]);
    await state('healthy', 'running');
    const [member] = await waitFor(() => (members().length > 0 ? members() : undefined), {
      what: 'a member',
    });
    expect(member).toMatchObject({ shard: 3, status: 'ALIVE' });
    expect(member?.serviceEndpoint.port).toBeGreaterThanOrEqual(31_000);
  }, 120_000);

  it('goes on through a restart of its agent', async () => {
    const before = await processesOf(agent);
    await agent.process.kill();
    await agent.process.restart();
    await registered(master, [agent.hostname]);
    expect(await processesOf(agent)).toEqual(before);
    expect(members()).toHaveLength(1);
  }, 120_000);

  it('leaves the ServerSet, is asked to quit, and then ends', async () => {
    await engine.kill('healthy', agentId, null);
    await waitFor(() => members().length === 0, { what: 'the member to be withdrawn' });
    await state('healthy', 'killed');
    expect(await story('healthy')).toBe('quit\n');
    await waitFor(async () => (await processesOf(agent)).length === 0, {
      what: 'every process to be gone',
      timeoutMs: 60_000,
    });
  }, 120_000);

  it('fails, and says so, when it is not healthy in its time', async () => {
    const sick = job('exec sleep 1000');
    await launch('sick', {
      ...sick,
      health_check_config: {
        ...sick.health_check_config,
        initial_interval_secs: 0.2,
        max_consecutive_failures: 0,
      },
    });
    const failed = await state('sick', 'failed');
    expect(failed.message).toMatch(/health/i);
    await waitFor(async () => (await processesOf(agent)).length === 0, {
      what: 'every process to be gone',
      timeoutMs: 60_000,
    });
  }, 120_000);
});
