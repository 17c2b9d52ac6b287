import { createHash, timingSafeEqual } from 'node:crypto';
import type { ProcessHttp } from '@murmur/service';
import type { JobStatus } from './jobs.js';
import type { Runner, TaskStatus } from './runner.js';

export interface SuiteStatus {
  /** Infrastructure and jobs. */
  readonly healthy: boolean;
  readonly pid: number;
  readonly publicUrl: string;
  readonly schedulerUrl: string;
  /** `--bind` of the configs. */
  readonly bindings: Readonly<Record<string, string>>;
  /** What services were started with is not what they would be started with now. */
  readonly environmentChanged: boolean;
  /** The infrastructure. */
  readonly tasks: readonly TaskStatus[];
  /** null: the scheduler does not say. */
  readonly jobs: readonly JobStatus[] | null;
}

export interface AdminOptions {
  readonly clusterKey: string;
  readonly runners: ReadonlyMap<string, Runner>;
  readonly status: () => Promise<SuiteStatus>;
}

const ACTIONS: Readonly<Record<string, (runner: Runner) => boolean>> = {
  stop: (runner) => {
    runner.dispatch({ type: 'stop' });
    return true;
  },
  start: (runner) => {
    if (runner.phase !== 'stopped') return false;
    runner.dispatch({ type: 'start' });
    return true;
  },
  kill: (runner) => runner.crash(),
};

/** `GET /status`; with the cluster key `POST /tasks/:name/stop|start|kill`. 409: not in the state for that. */
export function addAdminRoutes(app: ProcessHttp['app'], { clusterKey, runners, status }: AdminOptions): void {
  app.get('/status', async (_req, res) => {
    res.json(await status());
  });
  app.post('/tasks/:name/:action', (req, res) => {
    const { name, action } = req.params;
    const runner = runners.get(name);
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!sameKey(req.get('authorization') ?? '', clusterKey)) {
      res.status(401).json({ error: 'The cluster key is missing or wrong' });
    } else if (runner === undefined || act === undefined) {
      const allowed =
        runner === undefined ? `the tasks ${[...runners.keys()].join(', ')}` : 'stop, start, kill';
      res
        .status(404)
        .json({ error: `"${runner === undefined ? name : action}" is unknown; allowed: ${allowed}` });
    } else if (act(runner)) {
      res.json(runner.status());
    } else {
      res.status(409).json({ error: `${name} is ${runner.phase}` });
    }
  });
}

function sameKey(header: string, clusterKey: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${clusterKey}`));
}
