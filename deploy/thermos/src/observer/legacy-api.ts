/** Aurora's observer, as its clients know it: names, shapes and units (seconds) are theirs. */
import { Router, type Request } from 'express';
import type { ProcessState, ProcessView } from '../runner/types.js';
import { numberOf } from './queries.js';
import { Refusal } from './confine.js';
import { readChunk, CHUNK_BYTES, CHUNK_BYTES_MAX } from './files.js';
import { logPath, processOf, sendFile, taskOf } from './rest-api.js';
import type { ObservedTask, Tasks } from './tasks.js';
import { consumptionOf } from './usage-core.js';

const KINDS = ['all', 'active', 'finished'] as const;
const PAGE = 20;
const NUM_MAX = 1_000;
const IDS_MAX = 1_000;

export function legacyApi(tasks: Tasks): Router {
  const api = Router();
  const counts = (): Record<(typeof KINDS)[number], number> => {
    const all = tasks.all();
    const active = all.filter(({ isActive }) => isActive).length;
    return { active, finished: all.length - active, all: all.length };
  };
  api.get('/j/task_ids{/:which}{/:offset}{/:num}', (req, res) => {
    const type = KINDS.find((kind) => kind === (req.params['which'] ?? 'all'));
    if (type === undefined) throw new Refusal(404, `which: allowed is one of ${KINDS.join(', ')}`);
    const offset = whole(req, 'offset', 0);
    const num = Math.min(whole(req, 'num', PAGE), NUM_MAX);
    const chosen = tasks.all().filter(({ isActive }) => type === 'all' || isActive === (type === 'active'));
    const page = chosen.slice(offset, offset + num);
    res.json({ tasks: page.map((task) => row(tasks, task)), type, offset, num, task_count: counts()[type] });
  });
  api.get('/j/task_id_count', (_req, res) => {
    res.json(counts());
  });
  api.get('/j/task', (req, res) => {
    const found = idsOf(req).flatMap((id) => tasks.get(id) ?? []);
    res.json(Object.fromEntries(found.map((task) => [task.view.taskId, taskJson(tasks, task)])));
  });
  api.get('/j/task/:id', (req, res) => {
    const task = tasks.get(req.params.id);
    res.json({ [req.params.id]: task === undefined ? {} : taskJson(tasks, task) });
  });
  api.get('/j/process/:id{/:process}{/:run}', (req, res) => {
    const { view } = taskOf(tasks, req);
    const { process: name, run } = req.params as { process?: string; run?: string };
    if (name === undefined) res.json(processesJson(tasks, view.taskId));
    else res.json(processJson(tasks, view.taskId, processOf(view.processes, req), run));
  });
  api.get('/j/processes', (req, res) => {
    res.json(Object.fromEntries(idsOf(req).map((id) => [id, processesJson(tasks, id)])));
  });
  api.get('/logdata/:id/:process/:run/:stream', async (req, res) => {
    const { view } = taskOf(tasks, req);
    res.json(await chunk(req, view.sandbox, logPath(processOf(view.processes, req), req)));
  });
  api.get('/filedata/:id/*path', async (req, res) => {
    res.json(await chunk(req, taskOf(tasks, req).view.sandbox, pathOf(req)));
  });
  api.get('/download/:id/*path', async (req, res) => {
    await sendFile(res, taskOf(tasks, req).view.sandbox, pathOf(req));
  });
  const vars = (): Record<string, number> => {
    const { active, finished, all } = counts();
    const uptime = process.uptime();
    return {
      'observer.active_tasks': active,
      'observer.finished_tasks': finished,
      'observer.tasks': all,
      'sampling.uptime_secs': Math.floor(uptime),
      'sys.rss_bytes': process.memoryUsage.rss(),
    };
  };
  api.get('/vars', (_req, res) => {
    const lines = Object.entries(vars()).map(([name, value]) => `${name} ${value}\n`);
    res.type('text/plain').send(lines.join(''));
  });
  api.get('/vars.json', (_req, res) => {
    res.json(vars());
  });
  return api;
}

function whole(req: Request, name: string, fallback: number): number {
  const given = req.params[name];
  if (given === undefined) return fallback;
  if (typeof given === 'string' && /^\d{1,9}$/.test(given)) return Number(given);
  throw new Refusal(400, `${name}: ${JSON.stringify(given)} is no whole number`);
}

/** `task_id=a,b`; some clients say `task_ids`. */
function idsOf(req: Request): string[] {
  const given = req.query['task_id'] ?? req.query['task_ids'] ?? '';
  if (typeof given !== 'string') throw new Refusal(400, 'task_id: say it once, with commas between the ids');
  return given
    .split(',')
    .filter((id) => id !== '')
    .slice(0, IDS_MAX);
}

function pathOf(req: Request): string {
  const parts = req.params['path'] as unknown as readonly string[];
  return parts.join('/');
}

async function chunk(req: Request, sandbox: string, path: string): Promise<object> {
  const offset = numberOf(req, 'offset', 0, -1, Number.MAX_SAFE_INTEGER);
  const length = numberOf(req, 'length', CHUNK_BYTES, 0, CHUNK_BYTES_MAX);
  const { data, ...read } = await readChunk(sandbox, path, offset, length);
  return { data: data.toString('utf8'), offset: read.offset, length: data.length, filelen: read.size };
}

const seconds = (ms: number): number => ms / 1_000;

function row(tasks: Tasks, { view, ports, diskBytes }: ObservedTask): object {
  return {
    task_id: view.taskId,
    name: view.task.name,
    role: view.user,
    launch_timestamp: seconds(view.startedAt),
    state: view.state,
    state_timestamp: seconds(view.finishedAt ?? view.startedAt),
    ports,
    ...consumptionOf(tasks.usage(view.taskId), diskBytes),
  };
}

function taskJson(tasks: Tasks, task: ObservedTask): object {
  const { view, ports, diskBytes } = task;
  return {
    task_id: view.taskId,
    name: view.task.name,
    launch_timestamp: seconds(view.startedAt),
    state: view.state,
    state_timestamp: seconds(view.finishedAt ?? view.startedAt),
    user: view.user,
    resource_consumption: consumptionOf(tasks.usage(view.taskId), diskBytes),
    ports,
    processes: grouped(view.processes),
    task_struct: view.task,
  };
}

type Group = 'waiting' | 'running' | 'success' | 'failed' | 'killed';
const GROUPS: Readonly<Record<ProcessState, Group>> = {
  WAITING: 'waiting',
  LOST: 'waiting',
  FORKED: 'running',
  RUNNING: 'running',
  SUCCESS: 'success',
  FAILED: 'failed',
  KILLED: 'killed',
};

function grouped(processes: readonly ProcessView[]): Record<Group, string[]> {
  const groups: Record<Group, string[]> = { waiting: [], running: [], success: [], failed: [], killed: [] };
  for (const { name, state } of processes) groups[GROUPS[state]].push(name);
  return groups;
}

function processesJson(tasks: Tasks, id: string): object {
  const processes = tasks.get(id)?.view.processes ?? [];
  return Object.fromEntries(processes.map((view) => [view.name, processJson(tasks, id, view, undefined)]));
}

/** Only the latest run of a process is kept; an earlier one has its number and nothing else, one that never was is empty. */
function processJson(tasks: Tasks, id: string, view: ProcessView, run: string | undefined): object {
  const latest = view.runs - 1;
  const wanted = run === undefined ? latest : Number(run);
  if (!(wanted >= 0) || wanted > latest) return {};
  if (wanted < latest) return { process_name: view.name, process_run: wanted };
  const usage = tasks.usage(id).filter(({ name }) => name === view.name);
  return {
    process_name: view.name,
    process_run: latest,
    state: view.state,
    ...(view.startedAt === null ? {} : { start_time: seconds(view.startedAt) }),
    ...(view.finishedAt === null ? {} : { stop_time: seconds(view.finishedAt) }),
    ...(view.returnCode === null ? {} : { return_code: view.returnCode }),
    ...(view.state === 'RUNNING' ? { used: consumptionOf(usage, 0) } : {}),
  };
}
