/** The HTTP side on the real state and its decisions, with what the running scheduler would add told by the test. */
import { createHttp, createMetrics, silentLog, type Metrics, type ProcessHttp } from '@murmur/service';
import { ROUTES, type Route, type RouteId } from '@murmur/scheduler-api';
import type { EngineOffer } from '@murmur/engine';
import type { Backend, HeldOffer, WaitingGroup } from '../../src/backend.js';
import { addApi } from '../../src/http/index.js';
import type { Auth } from '../../src/http/auth.js';
import { INSECURE, type AuthRules } from '../../src/http/auth-core.js';
import type { Api, Leadership } from '../../src/http/options.js';
import type { ViewContext } from '../../src/http/views-core.js';
import type { TaskConfig } from '../../src/model/config.js';
import type { Refusal } from '../../src/placement/port.js';
import type { Committed, Tx } from '../../src/state/port.js';
import { World } from '../state/world.js';

export const OVERHEAD = { cpus: 0.1, memMb: 32, diskMb: 8 };

export const TOO_LITTLE: Refusal = {
  nearest: {
    agentId: 'b',
    host: 'agent-b',
    vetoes: [{ kind: 'resource', about: 'cpu', score: 500, text: 'insufficient cpu: 1 needed, 0.5 free' }],
  },
  counts: { resource: 2, dedicated: 1 },
};

export function offerOf(agentId: string, more: Partial<EngineOffer> = {}): HeldOffer {
  const amounts = { cpus: 2, memMb: 512, diskMb: 1024, gpus: 0 };
  const offer: EngineOffer = {
    id: `offer-${agentId}`,
    agentId,
    hostname: `host-${agentId}`,
    agentUrl: null,
    resources: { ...amounts, ports: [{ first: 31_000, last: 31_099 }] },
    revocable: { ...amounts, ports: [] },
    attributes: new Map([['rack', ['r1']]]),
    absence: null,
    ...more,
  };
  return { agentId, offers: [offer], heldSince: 1_700_000_000_000 };
}

/** A scheduler without an engine. */
export class ApiWorld extends World {
  readonly listeners = new Set<(committed: Committed, position: number) => void>();
  readonly done: string[] = [];
  position = 0;
  refusal: Refusal | null = null;
  held: readonly HeldOffer[] = [];
  /** Thrown by the next command. */
  failure: Error | null = null;

  override run<T>(change: (tx: Tx) => T): T {
    const { result, committed } = this.state.transact(this.now, change);
    if (committed !== null) {
      this.position++;
      for (const listener of [...this.listeners]) listener(committed, this.position);
    }
    return result;
  }

  /** What the HTTP side is given. */
  readonly backend: Backend = this.#backendOf();

  #backendOf(): Backend {
    const stateOf = () => this.state;
    return {
      get state() {
        return stateOf();
      },
      status: () => ({
        name: 'local',
        version: '1.2.3',
        lifecycle: 'ACTIVE',
        leader: true,
        leaderUrl: null,
        frameworkId: 'fw-1',
        connected: true,
        startedAt: this.now,
      }),
      execute: async (command, actor) => {
        if (this.failure !== null) throw this.failure;
        this.done.push(`${command.kind} by ${actor.name} because ${actor.reason ?? 'of nothing'}`);
        return this.execute(command, actor.name);
      },
      waiting: () => this.waiting(),
      waitingOf: (id) => this.viewContext().waitingOf(id),
      offers: () => this.held,
      capacity,
      onCommitted: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
      snapshot: async () => this.position,
      backup: async () => ({ name: 'backup-1', at: this.now, bytes: 10 }),
      backups: async () => [{ name: 'backup-1', at: this.now, bytes: 10 }],
      reconcile: async (kind) => (kind === 'explicit' ? 3 : 0),
    };
  }

  viewContext(): ViewContext {
    const waitingOf = (id: string) => this.waiting().find(({ taskIds }) => taskIds.includes(id)) ?? null;
    return { cluster: 'local', state: this.state, overhead: OVERHEAD, now: this.now, waitingOf };
  }

  waiting(): readonly WaitingGroup[] {
    return this.state.jobs().flatMap((job) => {
      const tasks = this.state.activeOfJob(job).filter(({ state }) => state === 'PENDING');
      const [first] = tasks;
      if (first === undefined) return [];
      return {
        job,
        configId: first.configId,
        taskIds: tasks.map(({ id }) => id),
        pendingSince: this.now,
        refusal: this.refusal,
        penaltyMs: 1_000,
        nextAttemptAt: this.now + 3_000,
      };
    });
  }
}

/** As if there were four CPUs free, and nothing else mattered. */
function capacity({ demand }: TaskConfig, max: number) {
  const { cpus, memMb, diskMb, gpus } = demand;
  const count = Math.min(max, cpus === 0 ? max : Math.floor(4 / cpus));
  return { needs: { cpus, memMb, diskMb, gpus }, count, refusal: count === max ? null : TOO_LITTLE };
}

export interface TestApi {
  readonly world: ApiWorld;
  readonly http: ProcessHttp;
  readonly api: Api;
  readonly metrics: Metrics;
  readonly url: string;
  rules: AuthRules;
  leadership: Leadership;
  /** The backend is there. */
  ready: boolean;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  close(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
  /** `code: message`, of an error. */
  readonly error: string;
}

/** The API on a free port. */
export async function startApi(): Promise<TestApi> {
  const world = new ApiWorld();
  const metrics = createMetrics();
  const http = createHttp({
    log: silentLog(),
    metrics,
    clusterKey: 'key',
    health: () => null,
    onQuit: () => undefined,
    onAbort: () => undefined,
  });
  const auth: Auth = { rules: () => test.rules, reload: () => Promise.resolve(), close: () => undefined };
  const api = addApi(http.app, {
    backend: () => (test.ready ? world.backend : null),
    leadership: () => test.leadership,
    cluster: 'local',
    version: '1.2.3',
    overhead: OVERHEAD,
    auth,
    log: silentLog(),
    metrics,
    now: () => world.now,
    vars: () => ({ outstanding_offers: world.held.length }),
  });
  const url = `http://127.0.0.1:${await http.listen(0, '127.0.0.1')}`;
  const send = async (path: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(url + path, { redirect: 'manual', ...init });
    const text = await response.text();
    const json =
      response.headers.get('content-type')?.includes('json') === true ? (JSON.parse(text) as unknown) : null;
    const { error } = (json ?? {}) as { error?: { code: string; message: string } };
    return {
      status: response.status,
      headers: response.headers,
      text,
      json,
      error: error === undefined ? '' : `${error.code}: ${error.message}`,
    };
  };
  const test: TestApi = {
    world,
    http,
    api,
    metrics,
    url,
    rules: INSECURE,
    leadership: { leads: true, leaderUrl: null },
    ready: true,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      api.close();
      await http.close(1_000);
    },
  };
  return test;
}

/** What the route's own schema makes of an answer: an answer of another shape throws. */
export function checked(id: RouteId, json: unknown): unknown {
  const { answer }: Route = ROUTES[id];
  return answer === null ? json : answer.parse(json);
}
