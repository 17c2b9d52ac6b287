/** The observer over real checkpoints of real processes. */
import { link, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog, type RunningService } from '@murmur/service';
import { onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { startObserver } from '../../src/observer/observer.js';
import { createRunner, type Runner, type RunnerTask } from '../../src/runner/index.js';

let folder: string;
let sandbox: string;
let runner: Runner;
let observer: RunningService;

const TASK: RunnerTask = {
  name: 'hello',
  processes: [
    { name: 'once', cmdline: 'printf "h\\303\\251llo" ; exit 0', ...process(0) },
    { name: 'main', cmdline: 'echo started; exec sleep 1000', ...process(1) },
  ],
  constraints: [{ order: ['once', 'main'] }],
  max_failures: 1,
  max_concurrency: 0,
  finalization_wait: 5,
};

function process(max_failures: number) {
  return { max_failures, daemon: false, ephemeral: false, min_duration: 0, final: false };
}

beforeAll(async () => {
  folder = await tempFolder();
  sandbox = join(folder, 'sandbox');
  await mkdir(sandbox);
  await mkdir(join(folder, 'slaves'));
  runner = createRunner({
    task: TASK,
    taskId: 'role-test-hello-0',
    sandbox,
    checkpointRoot: join(folder, 'thermos'),
    user: null,
    env: {},
    loggerDefaults: { destination: 'file', mode: 'standard' },
    log: silentLog(),
  });
  await runner.start();
  await writeFile(join(folder, 'thermos/role-test-hello-0/ports.json'), '{"http":31000}');
  onStopAll(async () => {
    await runner.kill(0);
    await runner.detach();
  });
  observer = await startObserver(
    {
      root: folder,
      host: '127.0.0.1',
      port: 0,
      instance: '0',
      logLevel: 'error',
      graceMs: 100,
      clusterKey: '',
      scanMs: 50,
    },
    { log: silentLog(), quit: () => undefined, abort: () => undefined },
  );
  onStopAll(() => observer.stop());
  await waitFor(
    async () => (await json('/api/v1/tasks/role-test-hello-0/processes/main'))['state'] === 'RUNNING',
    {
      what: 'the main process',
    },
  );
});
afterAll(stopAll);

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${observer.port}${path}`, { headers });
}
async function json(path: string): Promise<Record<string, unknown>> {
  return (await (await get(path)).json()) as Record<string, unknown>;
}
const FILES = '/api/v1/tasks/role-test-hello-0/files';

describe('the observer', () => {
  it('lists tasks, with what they use', async () => {
    expect(await json('/api/v1/tasks?state=active')).toMatchObject({
      total: 1,
      tasks: [{ taskId: 'role-test-hello-0', name: 'hello', state: 'ACTIVE', ports: { http: 31_000 } }],
    });
    expect(await json('/api/v1/tasks?state=finished')).toMatchObject({ total: 0, tasks: [] });
    expect(await json('/api/v1/tasks?offset=1')).toMatchObject({ total: 1, tasks: [] });
  });

  it('tells of a task and of its processes', async () => {
    const task = await json('/api/v1/tasks/role-test-hello-0');
    expect(task).toMatchObject({ sandbox, config: { name: 'hello' } });
    expect(task['processes']).toMatchObject([
      { name: 'once', state: 'SUCCESS', runs: 1, returnCode: 0, usage: null },
      { name: 'main', state: 'RUNNING', usage: { run: 0, processes: expect.any(Number) } },
    ]);
    const { usage } = await json('/api/v1/tasks/role-test-hello-0/processes/main');
    expect((usage as { rssBytes: number }).rssBytes).toBeGreaterThan(0);
  });

  it('reads logs in chunks, by bytes', async () => {
    const log = '/api/v1/tasks/role-test-hello-0/processes/once/runs/0/stdout';
    expect(await json(log)).toMatchObject({ offset: 0, length: 6, size: 6, data: 'h\u00e9llo' });
    expect(await json(`${log}?offset=2&length=2&encoding=base64`)).toMatchObject({
      offset: 2,
      length: 2,
      data: Buffer.from([0xa9, 0x6c]).toString('base64'),
    });
    expect(await json(`${log}?offset=-1`)).toMatchObject({ offset: 6, length: 0, data: '' });
    expect(await json(`${log}?offset=100`)).toMatchObject({ offset: 100, length: 0, data: '' });
    expect((await get(log.replace('runs/0', 'runs/1'))).status).toBe(404);
  });

  it('lists folders and gives files', async () => {
    await writeFile(join(sandbox, 'a b.txt'), 'text');
    const listing = (await json(FILES)) as { entries: { name: string; type: string; size: number }[] };
    expect(listing.entries).toContainEqual(
      expect.objectContaining({ name: 'a b.txt', type: 'file', size: 4 }),
    );
    expect(listing.entries).toContainEqual(expect.objectContaining({ name: '.logs', type: 'folder' }));
    const answer = await get(`${FILES}/download?path=${encodeURIComponent('a b.txt')}`);
    expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a%20b.txt");
    expect(await answer.text()).toBe('text');
    await writeFile(join(sandbox, 'empty'), '');
    expect(await (await get(`${FILES}/download?path=empty`)).text()).toBe('');
  });

  it.each([
    ['..', 403],
    ['../secret', 403],
    ['%2e%2e/secret', 403],
    ['.logs/../../secret', 403],
    ['out', 403],
    ['out/secret', 403],
    ['to-secret', 403],
    ['neighbour', 403],
    ['loop', 403],
    ['inside', 200],
    ['/etc/passwd', 404],
    ['nothing', 404],
    ['a%00b', 400],
    ['fifo', 400],
  ])('keeps to the sandbox: %s is %d', async (path, status) => {
    await prepareLinks();
    for (const way of ['read', 'download']) {
      const answer = await get(`${FILES}/${way}?path=${path}`);
      expect(answer.status).toBe(status);
      const text = await answer.text();
      expect(text).not.toContain('nobody must see');
    }
  });

  it('does not list what a link leads out to', async () => {
    await prepareLinks();
    expect((await get(`${FILES}?path=out`)).status).toBe(403);
    const { entries } = (await json(FILES)) as { entries: { name: string; type: string }[] };
    expect(entries).toContainEqual(expect.objectContaining({ name: 'out', type: 'link' }));
  });

  it('speaks as Aurora\u2019s observer does', async () => {
    const id = 'role-test-hello-0';
    expect(await json('/j/task_id_count')).toEqual({ active: 1, finished: 0, all: 1 });
    expect(await json('/j/task_ids/active/0/5')).toMatchObject({
      type: 'active',
      offset: 0,
      num: 5,
      task_count: 1,
      tasks: [{ task_id: id, name: 'hello', state: 'ACTIVE', ram: expect.any(Number) }],
    });
    expect(await json('/j/task_ids')).toMatchObject({ type: 'all', num: 20 });
    expect(await json(`/j/task?task_id=${id},unknown`)).toMatchObject({
      [id]: { processes: { waiting: [], running: ['main'], success: ['once'], failed: [], killed: [] } },
    });
    expect(await json(`/j/task/${id}`)).toMatchObject({ [id]: { task_id: id, ports: { http: 31_000 } } });
    expect(await json(`/j/process/${id}/once`)).toMatchObject({
      process_name: 'once',
      process_run: 0,
      return_code: 0,
    });
    expect(await json(`/j/process/${id}/once/7`)).toEqual({});
    expect(await json(`/j/process/${id}`)).toMatchObject({ main: { state: 'RUNNING', used: { disk: 0 } } });
    expect(await json(`/j/processes?task_id=${id}`)).toMatchObject({ [id]: { once: { state: 'SUCCESS' } } });
    expect(await json(`/logdata/${id}/main/0/stdout`)).toMatchObject({ data: 'started\n', filelen: 8 });
    expect((await get(`/filedata/${id}/..%2fsecret`)).status).toBe(403);
    expect(await json('/vars.json')).toMatchObject({ 'observer.active_tasks': 1 });
    expect(await (await get('/vars')).text()).toContain('observer.active_tasks 1\n');
  });

  it('has resource use as metrics, and is healthy', async () => {
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/murmur_thermos_process_rss_bytes\{task="role-test-hello-0",process="main"\} \d+/);
    expect(text).toContain('murmur_thermos_tasks{state="ACTIVE"} 1');
    expect(await (await get('/health')).text()).toBe('ok');
  });

  it.each([
    [
      '/api/v1/tasks?state=dead',
      400,
      'state: "dead" is not allowed; allowed is one of all, active, finished',
    ],
    ['/api/v1/tasks?limit=0', 400, 'limit: "0" is not allowed; allowed is a whole number from 1 to 1000'],
    ['/api/v1/tasks/unknown', 404, 'there is no task "unknown"'],
    [`${FILES}/read?path=.logs`, 400, 'path: ".logs" is no file'],
    ['/nowhere', 404, 'there is no GET /nowhere'],
    ['/api/v1/tasks/%ff', 400, 'the path is not well encoded'],
  ])('answers %s with %d and why', async (path, status, error) => {
    const answer = await get(path);
    expect([answer.status, await answer.json()]).toEqual([status, { error }]);
  });

  it('wants its key where it has one', async () => {
    const clusterKey = 'a-key-of-the-cluster';
    const closed = await startObserver(
      {
        root: folder,
        host: '127.0.0.1',
        port: 0,
        instance: '0',
        logLevel: 'error',
        graceMs: 100,
        clusterKey,
        scanMs: 1000,
      },
      { log: silentLog(), quit: () => undefined, abort: () => undefined },
    );
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${closed.port}/j/task_id_count`, { headers }).then(({ status }) => status);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: `Bearer ${clusterKey}` })).toBe(200);
    await closed.stop();
  });

  it('forgets an ended task when its sandbox is gone', async () => {
    await runner.kill(0);
    await waitFor(async () => (await json('/j/task_id_count'))['finished'] === 1, { what: 'the end' });
    expect(await readFile(join(folder, 'thermos/role-test-hello-0/events.jsonl'), 'utf8')).toContain(
      'KILLED',
    );
    await rm(sandbox, { recursive: true });
    await waitFor(async () => (await json('/j/task_id_count'))['all'] === 0, { what: 'nothing' });
    await expect(readFile(join(folder, 'thermos/role-test-hello-0/events.jsonl'))).rejects.toThrow('ENOENT');
  });
});

let linked = false;
/** Ways out of a sandbox, as whoever owns it could make them. */
async function prepareLinks(): Promise<void> {
  if (linked) return;
  linked = true;
  await writeFile(join(folder, 'secret'), 'nobody must see');
  await mkdir(join(folder, 'sandbox-neighbour'));
  await writeFile(join(folder, 'sandbox-neighbour/file'), 'nobody must see');
  await writeFile(join(sandbox, 'real'), 'mine');
  await symlink(folder, join(sandbox, 'out'));
  await symlink('../secret', join(sandbox, 'to-secret'));
  // Begins with the sandbox's own path: a comparison of texts would let it pass.
  await symlink('../sandbox-neighbour/file', join(sandbox, 'neighbour'));
  await symlink('loop', join(sandbox, 'loop'));
  await symlink(join(sandbox, 'real'), join(sandbox, 'inside'));
  await link(join(sandbox, 'real'), join(sandbox, 'hard'));
  const { execFileSync } = await import('node:child_process');
  execFileSync('mkfifo', [join(sandbox, 'fifo')]);
}
