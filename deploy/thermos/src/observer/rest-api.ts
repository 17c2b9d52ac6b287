import { Router, type Request, type Response } from 'express';
import type { ProcessView } from '../runner/types.js';
import { Refusal } from './confine.js';
import { CHUNK_BYTES, CHUNK_BYTES_MAX, listFolder, openFile, readChunk } from './files.js';
import { numberOf, oneOf, textOf } from './queries.js';
import type { ObservedTask, Tasks } from './tasks.js';
import { consumptionOf, type Usage } from './usage-core.js';

const LIMIT = 100;
const LIMIT_MAX = 1_000;
export const STREAMS = ['stdout', 'stderr'] as const;

/** `/api/v1/tasks...`: what there is, as JSON; a Refusal is the caller's to answer. */
export function restApi(tasks: Tasks): Router {
  const api = Router();
  api.get('/tasks', (req, res) => {
    const state = oneOf(req, 'state', ['all', 'active', 'finished'], 'all');
    const offset = numberOf(req, 'offset', 0, 0, Number.MAX_SAFE_INTEGER);
    const limit = numberOf(req, 'limit', LIMIT, 1, LIMIT_MAX);
    const chosen = tasks.all().filter(({ isActive }) => state === 'all' || isActive === (state === 'active'));
    const page = chosen.slice(offset, offset + limit);
    res.json({ tasks: page.map((task) => summary(tasks, task)), total: chosen.length, offset, limit });
  });
  api.get('/tasks/:id', (req, res) => {
    const task = taskOf(tasks, req);
    const { task: config, sandbox, processes } = task.view;
    const usage = tasks.usage(task.view.taskId);
    const listed = processes.map((view) => processJson(view, usage));
    res.json({ ...summary(tasks, task), sandbox, processes: listed, config });
  });
  api.get('/tasks/:id/processes', (req, res) => {
    const { view } = taskOf(tasks, req);
    const usage = tasks.usage(view.taskId);
    res.json({ processes: view.processes.map((process) => processJson(process, usage)) });
  });
  api.get('/tasks/:id/processes/:process', (req, res) => {
    const { view } = taskOf(tasks, req);
    res.json(processJson(processOf(view.processes, req), tasks.usage(view.taskId)));
  });
  api.get('/tasks/:id/processes/:process/runs/:run/:stream', async (req, res) => {
    const { view } = taskOf(tasks, req);
    await sendChunk(req, res, view.sandbox, logPath(processOf(view.processes, req), req));
  });
  api.get('/tasks/:id/files', async (req, res) => {
    res.json(await listFolder(taskOf(tasks, req).view.sandbox, textOf(req, 'path', '')));
  });
  api.get('/tasks/:id/files/read', async (req, res) => {
    await sendChunk(req, res, taskOf(tasks, req).view.sandbox, textOf(req, 'path', ''));
  });
  api.get('/tasks/:id/files/download', async (req, res) => {
    await sendFile(res, taskOf(tasks, req).view.sandbox, textOf(req, 'path', ''));
  });
  return api;
}

export function taskOf(tasks: Tasks, req: Request): ObservedTask {
  const id = String(req.params['id']);
  const task = tasks.get(id);
  if (task === undefined) throw new Refusal(404, `there is no task "${id}"`);
  return task;
}

export function processOf(processes: readonly ProcessView[], req: Request): ProcessView {
  const name = String(req.params['process']);
  const process = processes.find((view) => view.name === name);
  if (process === undefined) throw new Refusal(404, `the task has no process "${name}"`);
  return process;
}

/** The log of a run, from the sandbox; a run that never was is not there. */
export function logPath({ name, runs }: ProcessView, req: Request): string {
  const run = String(req.params['run']);
  const stream = STREAMS.find((each) => each === req.params['stream']);
  if (stream === undefined) throw new Refusal(404, `a run has ${STREAMS.join(' and ')}`);
  if (!/^\d+$/.test(run) || Number(run) >= runs)
    throw new Refusal(404, `the process "${name}" has no run ${run}`);
  return `.logs/${name}/${Number(run)}/${stream}`;
}

function summary(tasks: Tasks, { view, ports, isActive, diskBytes }: ObservedTask): object {
  const { taskId, task, state, reason, user, startedAt, finishedAt } = view;
  const usage = consumptionOf(tasks.usage(taskId), diskBytes);
  return { taskId, name: task.name, state, isActive, reason, user, startedAt, finishedAt, ports, usage };
}

function processJson(view: ProcessView, usage: readonly Usage[]): object {
  return { ...view, usage: usage.find(({ name }) => name === view.name) ?? null };
}

async function sendChunk(req: Request, res: Response, sandbox: string, path: string): Promise<void> {
  const offset = numberOf(req, 'offset', 0, -1, Number.MAX_SAFE_INTEGER);
  const length = numberOf(req, 'length', CHUNK_BYTES, 0, CHUNK_BYTES_MAX);
  const encoding = oneOf(req, 'encoding', ['utf8', 'base64'], 'utf8');
  const { data, ...chunk } = await readChunk(sandbox, path, offset, length);
  res.json({ path, ...chunk, length: data.length, encoding, data: data.toString(encoding) });
}

/** The file as it is now, and no byte that is added meanwhile. Nothing of a sandbox is shown by a browser as a page of ours. */
export async function sendFile(res: Response, sandbox: string, path: string): Promise<void> {
  const { handle, size } = await openFile(sandbox, path);
  const name = path.split('/').at(-1) ?? '';
  res.set({
    'content-type': 'application/octet-stream',
    'content-length': String(size),
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    'x-content-type-options': 'nosniff',
  });
  if (size === 0) {
    await handle.close();
    res.end();
    return;
  }
  const stream = handle.createReadStream({ start: 0, end: size - 1 });
  stream.on('error', () => res.destroy());
  res.on('close', () => stream.destroy());
  stream.pipe(res);
}
