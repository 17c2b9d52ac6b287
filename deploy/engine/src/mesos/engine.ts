import { EngineError, type Engine, type EngineEvent, type Launch, type TaskUpdate } from '../port.js';
import {
  SchedulerCallError,
  createSchedulerClient,
  type Call,
  type SchedulerClient,
  type SchedulerClientLog,
} from '../scheduler/client.js';
import type { MasterDetector } from '../scheduler/detector.js';
import type { FrameworkInfo, FrameworkInfoCapabilityType } from '../wire/messages/entities.js';
import type { SchedulerEvent } from '../wire/messages/scheduler.js';
import { toInverseOffer, toOffer, toTaskInfo, toUpdate } from './translate-core.js';

export interface MesosEngineOptions {
  readonly detector: MasterDetector;
  /** From an earlier `connected`; null registers anew. */
  readonly frameworkId: string | null;
  readonly name: string;
  /** Tasks run as this user unless their executor says another. */
  readonly user: string;
  readonly role: string;
  readonly principal: string | null;
  readonly hostname: string;
  readonly webuiUrl: string | null;
  /** How long tasks live on without a scheduler, ms; Aurora's is 21 days. */
  readonly failoverTimeoutMs: number;
  readonly revocable: boolean;
  readonly log: SchedulerClientLog;
  readonly now?: () => number;
}

const NS_PER_MS = 1_000_000;

/** The engine port on Mesos's v1 scheduler API: the embedded master, or an Apache Mesos. `listener` is never called at once. */
export function createMesosEngine(
  options: MesosEngineOptions,
  listener: (event: EngineEvent) => void,
): Engine {
  const now = options.now ?? Date.now;
  const client = createSchedulerClient(
    { detector: options.detector, framework: frameworkInfo(options), log: options.log },
    {
      event: (event) => {
        const translated = toEngineEvent(event, now());
        if (translated !== null) listener(translated);
      },
      disconnected: (reason) => listener({ kind: 'disconnected', reason }),
      ended: (reason) => listener({ kind: 'ended', reason }),
    },
  );
  return new MesosEngine(client, options.role);
}

class MesosEngine implements Engine {
  readonly #client: SchedulerClient;
  readonly #role: string;

  constructor(client: SchedulerClient, role: string) {
    this.#client = client;
    this.#role = role;
  }

  launch(offerIds: readonly string[], launches: readonly Launch[], refuseMs: number): Promise<void> {
    const operations =
      launches.length === 0
        ? []
        : [{ type: 'LAUNCH' as const, launch: { task_infos: launches.map(toTaskInfo) } }];
    return this.#send({
      type: 'ACCEPT',
      accept: { offer_ids: values(offerIds), operations, filters: { refuse_seconds: refuseMs / 1_000 } },
    });
  }

  decline(offerIds: readonly string[], refuseMs: number): Promise<void> {
    return this.#send({
      type: 'DECLINE',
      decline: { offer_ids: values(offerIds), filters: { refuse_seconds: refuseMs / 1_000 } },
    });
  }

  revive(): Promise<void> {
    return this.#send({ type: 'REVIVE', revive: { roles: [this.#role] } });
  }

  suppress(): Promise<void> {
    return this.#send({ type: 'SUPPRESS', suppress: { roles: [this.#role] } });
  }

  kill(taskId: string, agentId: string | null, graceMs: number | null): Promise<void> {
    return this.#send({
      type: 'KILL',
      kill: {
        task_id: { value: taskId },
        ...(agentId === null ? {} : { agent_id: { value: agentId } }),
        ...(graceMs === null ? {} : { kill_policy: { grace_period: { nanoseconds: graceMs * NS_PER_MS } } }),
      },
    });
  }

  async acknowledge({ taskId, agentId, receipt }: TaskUpdate): Promise<void> {
    if (receipt === null || agentId === null) return;
    await this.#send({
      type: 'ACKNOWLEDGE',
      acknowledge: { agent_id: { value: agentId }, task_id: { value: taskId }, uuid: receipt },
    });
  }

  reconcile(tasks: readonly { taskId: string; agentId: string | null }[]): Promise<void> {
    return this.#send({
      type: 'RECONCILE',
      reconcile: {
        tasks: tasks.map(({ taskId, agentId }) => ({
          task_id: { value: taskId },
          ...(agentId === null ? {} : { agent_id: { value: agentId } }),
        })),
      },
    });
  }

  answerInverseOffers(offerIds: readonly string[], accept: boolean): Promise<void> {
    const inverse_offer_ids = values(offerIds);
    return this.#send(
      accept
        ? { type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids } }
        : { type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: { inverse_offer_ids } },
    );
  }

  connected(): boolean {
    return this.#client.subscribed();
  }

  async stop({ teardown } = { teardown: false }): Promise<void> {
    if (teardown) await this.#send({ type: 'TEARDOWN' });
    await this.#client.stop();
  }

  async #send(call: Call): Promise<void> {
    try {
      await this.#client.send(call);
    } catch (error) {
      if (!(error instanceof SchedulerCallError)) throw error;
      throw new EngineError(error.message, error.sure);
    }
  }
}

function values(ids: readonly string[]): { value: string }[] {
  return ids.map((value) => ({ value }));
}

function frameworkInfo(options: MesosEngineOptions): FrameworkInfo {
  const { frameworkId, principal, webuiUrl } = options;
  const capabilities: FrameworkInfoCapabilityType[] = [
    'MULTI_ROLE',
    'PARTITION_AWARE',
    'TASK_KILLING_STATE',
    ...(options.revocable ? (['REVOCABLE_RESOURCES'] as const) : []),
  ];
  return {
    user: options.user,
    name: options.name,
    ...(frameworkId === null ? {} : { id: { value: frameworkId } }),
    failover_timeout: options.failoverTimeoutMs / 1_000,
    checkpoint: true, // tasks outlive a restart of their agent
    hostname: options.hostname,
    roles: [options.role],
    capabilities: capabilities.map((type) => ({ type })),
    ...(principal === null ? {} : { principal }),
    ...(webuiUrl === null ? {} : { webui_url: webuiUrl }),
  };
}

/** null for what no scheduler of ours asked for (messages of executors, operations). */
function toEngineEvent(event: SchedulerEvent, now: number): EngineEvent | null {
  if (event.subscribed !== undefined)
    return { kind: 'connected', frameworkId: event.subscribed.framework_id.value };
  if (event.offers !== undefined) return { kind: 'offers', offers: (event.offers.offers ?? []).map(toOffer) };
  if (event.rescind !== undefined) return { kind: 'offer-rescinded', offerId: event.rescind.offer_id.value };
  if (event.inverse_offers !== undefined)
    return {
      kind: 'inverse-offers',
      offers: (event.inverse_offers.inverse_offers ?? []).map(toInverseOffer),
    };
  if (event.rescind_inverse_offer !== undefined)
    return {
      kind: 'inverse-offer-rescinded',
      offerId: event.rescind_inverse_offer.inverse_offer_id.value,
    };
  if (event.update !== undefined) return { kind: 'update', update: toUpdate(event.update.status, now) };
  if (event.failure === undefined) return null;
  const { agent_id: agent, executor_id: executor, status } = event.failure;
  if (agent === undefined) return null;
  if (executor === undefined) return { kind: 'agent-lost', agentId: agent.value };
  const exited = status !== undefined && (status & 0x7f) === 0;
  return {
    kind: 'executor-lost',
    agentId: agent.value,
    executorId: executor.value,
    exitCode: exited ? (status >> 8) & 0xff : null,
  };
}
