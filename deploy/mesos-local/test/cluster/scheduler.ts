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

  /** One launch an offer: what is left of it comes back as a new one at once. */
  #match(): void {
    for (const [id, offer] of this.#offers) {
      const at = this.#wanted.findIndex(({ agentId }) => agentId === offer.agent_id.value);
      const [wanted] = at < 0 ? [] : this.#wanted.splice(at, 1);
      if (wanted === undefined) continue;
      this.#offers.delete(id);
      void this.#send({
        type: 'ACCEPT',
        accept: {
          offer_ids: [offer.id],
          operations: [{ type: 'LAUNCH', launch: { task_infos: [wanted.task] } }],
          filters: { refuse_seconds: 0 },
        },
      }).then(() => wanted.launched(wanted.task.task_id.value));
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
      this.#match();
    });
  }

  #statuses(taskId: string): TaskStatus[] {
    return this.events.flatMap(({ update }) =>
      update?.status.task_id.value === taskId ? [update.status] : [],
    );
  }

  update(taskId: string, fits: (status: TaskStatus) => boolean, what: string): Promise<TaskStatus> {
    return waitFor(() => Promise.resolve(this.#statuses(taskId).find(fits)), {
      what: `${what} of task ${taskId} (so far: ${this.states(taskId).join(', ')})`,
      timeoutMs: SETTLE_MS,
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
