import { randomUUID } from 'node:crypto';
import {
  createSchedulerClient,
  staticDetector,
  type FrameworkInfo,
  type Offer,
  type SchedulerClient,
  type SchedulerEvent,
  type TaskInfo,
  type TaskStatus,
} from '@murmur/engine';
import { onStopAll, waitFor } from '@murmur/testkit';

const SETTLE_MS = 60_000;
/** Refused for the shortest time that counts: the next allocation goes to the others. */
const REFUSE_SECONDS = 0.2;

export type Task = Omit<TaskInfo, 'agent_id' | 'task_id' | 'name'>;

/** A scheduler with one rule: a task goes to the agent it is meant for. Everything it hears is kept. */
export interface TestScheduler {
  readonly client: SchedulerClient;
  readonly events: readonly SchedulerEvent[];
  /** Launches on that agent as soon as it is offered; resolves with the task's id. */
  launch(agentId: string, task: Task): Promise<string>;
  /** Waits for an update of the task that fits. */
  update(taskId: string, fits: (status: TaskStatus) => boolean, what: string): Promise<TaskStatus>;
  state(taskId: string, state: TaskStatus['state']): Promise<TaskStatus>;
  /** All states that the task went through, repeats left out. */
  states(taskId: string): string[];
  kill(taskId: string, graceMs?: number): Promise<void>;
  teardown(): Promise<void>;
}

export function scalars(cpus: number, mem: number): NonNullable<TaskInfo['resources']> {
  return [
    { name: 'cpus', type: 'SCALAR', scalar: { value: cpus } },
    { name: 'mem', type: 'SCALAR', scalar: { value: mem } },
  ];
}

/** A command task of `sh -c`. */
export function shell(value: string, cpus = 0.1, mem = 64): Task {
  return { resources: scalars(cpus, mem), command: { value, shell: true } };
}

type Resources = NonNullable<TaskInfo['resources']>;

const allOf = (offers: readonly Offer[]): Resources => offers.flatMap(({ resources }) => resources ?? []);
const needs = ({ resources, executor }: TaskInfo): Resources => [
  ...(resources ?? []),
  ...(executor?.resources ?? []),
];

function sum(resources: Resources, name: string): number {
  const values = resources.map((resource) => (resource.name === name ? (resource.scalar?.value ?? 0) : 0));
  return Math.round(values.reduce((all, value) => all + value, 0) * 1_000);
}

export function startScheduler(
  masterUrl: string,
  info: Partial<FrameworkInfo> = {},
  log = { info: () => undefined, warn: () => undefined },
): TestScheduler {
  const scheduler = new Scheduler(masterUrl, info, log);
  onStopAll(() => scheduler.client.stop());
  return scheduler;
}

class Scheduler implements TestScheduler {
  readonly events: SchedulerEvent[] = [];
  readonly client: SchedulerClient;
  readonly #offers = new Map<string, Offer>();
  readonly #wanted: { agentId: string; task: TaskInfo; launched: (id: string) => void }[] = [];

  constructor(masterUrl: string, info: Partial<FrameworkInfo>, log: { info(): void; warn(): void }) {
    this.client = createSchedulerClient(
      {
        detector: staticDetector(masterUrl),
        framework: { user: 'root', name: 'test', checkpoint: true, failover_timeout: 3_600, ...info },
        log,
      },
      {
        event: (event) => this.#on(event),
        disconnected: () => this.#offers.clear(),
        ended: () => undefined,
      },
    );
  }

  #on(event: SchedulerEvent): void {
    this.events.push(event);
    for (const offer of event.offers?.offers ?? []) this.#offers.set(offer.id.value, offer);
    if (event.rescind !== undefined) this.#offers.delete(event.rescind.offer_id.value);
    const status = event.update?.status;
    if (status?.uuid !== undefined && status.agent_id !== undefined)
      void this.#send({
        type: 'ACKNOWLEDGE',
        acknowledge: { agent_id: status.agent_id, task_id: status.task_id, uuid: status.uuid },
      });
    this.#match();
  }

  /** All that is offered of an agent goes into one ACCEPT; what nobody wants goes back, so that others get it. */
  #match(): void {
    for (const agentId of new Set([...this.#offers.values()].map((offer) => offer.agent_id.value))) {
      const offers = [...this.#offers.values()].filter((offer) => offer.agent_id.value === agentId);
      const wanted = this.#wanted.filter((one) => one.agentId === agentId);
      const fits = wanted.filter((_, i) => {
        const tasks = wanted.slice(0, i + 1).flatMap(({ task }) => needs(task));
        return (['cpus', 'mem'] as const).every((name) => sum(tasks, name) <= sum(allOf(offers), name));
      });
      for (const { id } of offers) this.#offers.delete(id.value);
      for (const one of fits) this.#wanted.splice(this.#wanted.indexOf(one), 1);
      const operations =
        fits.length === 0
          ? []
          : [{ type: 'LAUNCH' as const, launch: { task_infos: fits.map(({ task }) => task) } }];
      void this.#send({
        type: 'ACCEPT',
        accept: {
          offer_ids: offers.map(({ id }) => id),
          operations,
          filters: { refuse_seconds: REFUSE_SECONDS },
        },
      }).then(() => {
        for (const one of fits) one.launched(one.task.task_id.value);
      });
    }
  }

  /** A call that is lost with a connection is what the tests look at from the other side: reconciliation. */
  #send(call: Parameters<SchedulerClient['send']>[0]): Promise<void> {
    return this.client.send(call).catch(() => undefined);
  }

  launch(agentId: string, task: Task): Promise<string> {
    const id = randomUUID();
    return new Promise((launched) => {
      this.#wanted.push({
        agentId,
        task: { ...task, name: id, task_id: { value: id }, agent_id: { value: agentId } },
        launched,
      });
      void this.#send({ type: 'REVIVE' });
    });
  }

  #statuses(taskId: string): TaskStatus[] {
    return this.events.flatMap(({ update }) =>
      update?.status.task_id.value === taskId ? [update.status] : [],
    );
  }

  update(taskId: string, fits: (status: TaskStatus) => boolean, what: string): Promise<TaskStatus> {
    return waitFor(() => Promise.resolve(this.#statuses(taskId).find(fits)), {
      what: `${what} of task ${taskId}`,
      timeoutMs: SETTLE_MS,
    }).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; heard: ${JSON.stringify(this.#statuses(taskId))}`);
    });
  }

  state(taskId: string, state: TaskStatus['state']): Promise<TaskStatus> {
    return this.update(taskId, (status) => status.state === state, state);
  }

  states(taskId: string): string[] {
    const all = this.#statuses(taskId).map(({ state }) => state);
    return all.filter((state, i) => state !== all[i - 1]);
  }

  async kill(taskId: string, graceMs?: number): Promise<void> {
    await this.client.send({
      type: 'KILL',
      kill: {
        task_id: { value: taskId },
        ...(graceMs === undefined ? {} : { kill_policy: { grace_period: { nanoseconds: graceMs * 1e6 } } }),
      },
    });
  }

  teardown(): Promise<void> {
    return this.client.send({ type: 'TEARDOWN' });
  }
}
