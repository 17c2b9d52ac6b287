import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { onStopAll, stopAll, waitFor } from '@murmur/testkit';
import { registered, startAgent, startMaster, type TestMaster } from '../cluster/cluster.js';

/** Debian's Python, with what `scripts/install-deps` put beside it. */
const PYTHON = '/usr/bin/python3';
const packages = join(import.meta.dirname, '..', '..', '..', '..', '.murmur', 'python');
const environment = { PYTHONPATH: packages, PATH: process.env['PATH'] ?? '' };
const present = spawnSync(PYTHON, ['-c', 'import pymesos'], { env: environment }).status === 0;

interface Said {
  readonly event: string;
  readonly task?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly data?: string;
  readonly text?: string;
}

const where = present ? describe : describe.skip;
const why = present ? '' : ' (skipped: pymesos is not installed; scripts/install-deps does)';

where(`PyPI's pymesos, unmodified, as scheduler and executor${why}`, () => {
  let master: TestMaster;
  let python: ChildProcess;
  const said: Said[] = [];

  const heard = (what: string, fits: (words: Said) => boolean): Promise<Said> =>
    waitFor(() => said.find(fits), { what: `${what} (heard: ${JSON.stringify(said)})`, timeoutMs: 60_000 });
  const update = (task: string, state: string): Promise<Said> =>
    heard(`${task} to be ${state}`, (words) => words.task === task && words.state === state);
  const tell = (line: string): boolean | undefined => python.stdin?.write(`${line}\n`);

  beforeAll(async () => {
    master = await startMaster();
    const agent = await startAgent(master, null, ['--resources', 'cpus:2;mem:1024;disk:1024']);
    const ids = await registered(master, [agent.hostname]);
    const script = join(import.meta.dirname, 'scheduler.py');
    const executor = `PYTHONPATH=${packages} exec ${PYTHON} ${script}`;
    python = spawn(PYTHON, [script, `127.0.0.1:${master.port}`, executor], {
      env: environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onStopAll(() => {
      python.kill('SIGKILL');
      return Promise.resolve();
    });
    let rest = '';
    python.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      said.push(...lines.map((line) => JSON.parse(line) as Said));
    });
    tell(ids.get(agent.hostname) ?? '');
  }, 120_000);

  afterAll(() => stopAll(), 60_000);

  it('registers and launches a command task and one on its own executor', async () => {
    await heard('registration', ({ event }) => event === 'registered');
    await update('command', 'TASK_RUNNING');
    expect(await update('custom', 'TASK_RUNNING')).toMatchObject({ data: 'ping' });
  }, 90_000);

  it('sends messages both ways', async () => {
    tell('message hello');
    expect(await heard('the answer', ({ event }) => event === 'message')).toMatchObject({
      text: 'pong hello',
    });
  });

  it('reconciles', async () => {
    tell('reconcile command');
    await heard(
      'an answer',
      ({ reason, state }) => reason === 'REASON_RECONCILIATION' && state === 'TASK_RUNNING',
    );
  });

  it('goes on after a restart of the master', async () => {
    await master.process.restart();
    await heard('the return', ({ event }) => event === 'reregistered');
    said.length = 0;
    await waitFor(
      () => {
        tell('reconcile custom');
        return said.some(({ task, state }) => task === 'custom' && state === 'TASK_RUNNING');
      },
      { what: 'its task to be known to the new master', timeoutMs: 60_000, everyMs: 500 },
    );
  }, 120_000);

  it('kills both tasks', async () => {
    tell('kill command');
    tell('kill custom');
    await Promise.all([update('command', 'TASK_KILLED'), update('custom', 'TASK_KILLED')]);
  });
});
