import type { EngineOffer, Launch, PortRange } from '@murmur/engine';
import type { Capacity, ExecutorOverhead } from '../backend.js';
import { askOf, emptyMachine, needsOf } from '../engine/ask-core.js';
import { launchOf, type ExecutorSettings } from '../engine/launch-core.js';
import { countPorts, freeOf, pickPorts, type OfferBook } from '../engine/offers-core.js';
import { ASSIGNED_STATES, type Placement, type Task } from '../model/task.js';
import type { AgentRecord, Sizes } from '../model/agent.js';
import type { TaskConfig } from '../model/config.js';
import type { Ask, Machine, PlaceContext, Placer, Refusal } from '../placement/port.js';
import type { AgentSighting, Committed, Decisions, StateView, Tx } from '../state/port.js';
import type { TaskGroups } from './queue-core.js';
import { runRound, type RoundResult } from './round-core.js';

export interface PlacingOptions {
  readonly state: StateView;
  readonly decisions: Decisions;
  readonly book: OfferBook;
  readonly groups: TaskGroups;
  readonly createPlacer: () => Placer;
  readonly executor: ExecutorSettings;
  readonly newUuid: () => string;
  readonly random: () => number;
}

/** What is to be launched on one agent, with all of its offers. */
export interface AgentLaunch {
  readonly offerIds: readonly string[];
  readonly launches: readonly Launch[];
}

/** Groups that a new offer is tried on in one turn; the others have their penalty's end. */
const WAKE_GROUPS_MAX = 500;
/** Offered agents that each of them is tried on, one by one. */
const WAKE_AGENTS_MAX = 64;

/** Offers and waiting tasks brought together. It follows the state by `applied`, and changes it in `round` only. */
export class Placing {
  readonly #options: PlacingOptions;
  /** Over the agents that are offered now. */
  readonly #offered: Placer;
  /** Over all that are known, as if nothing ran on them. */
  readonly #empty: Placer;
  readonly #asks = new Map<string, Ask>();
  readonly #ports = new Map<string, readonly PortRange[]>();

  constructor(options: PlacingOptions) {
    this.#options = options;
    this.#offered = options.createPlacer();
    this.#empty = options.createPlacer();
  }

  /** After recovery: agents are indexed, pending tasks wait, each for a random time of at most `requeueDelayMs`. */
  begin(now: number, requeueDelayMs: number): void {
    const { state, groups, random } = this.#options;
    for (const agent of state.agents()) this.#empty.set(emptyMachine(agent));
    for (const task of state.tasksInState('PENDING'))
      groups.add(waitingOf(task), now + Math.floor(random() * requeueDelayMs));
  }

  /** Follows what was changed: pending tasks, agents, limits. */
  applied({ transaction, before }: Committed): void {
    const { groups } = this.#options;
    transaction.ops.forEach((op, i) => {
      if (op.table === 'agents') {
        if (op.value === null) this.#empty.delete(op.key);
        else this.#empty.set(emptyMachine(op.value));
        this.refresh(op.key);
      }
      if (op.table === 'configs' && op.value === null) this.#asks.delete(op.key);
      if (op.table !== 'tasks') return;
      const was = (before[i] ?? null) as Task | null;
      if (op.value?.state === 'PENDING') {
        if (!groups.has(op.key)) groups.add(waitingOf(op.value), transaction.at);
      } else groups.remove(op.key);
      const left = was !== null && ASSIGNED_STATES.has(was.state);
      if (left && (op.value === null || !ASSIGNED_STATES.has(op.value.state)))
        groups.wakeLimited(was.job, transaction.at);
    });
  }

  /** What was offered, for the record of the agent. */
  sighting(agentId: string): AgentSighting | null {
    const offers = this.#options.book.ofAgent(agentId);
    const newest = offers.at(-1);
    if (newest === undefined) return null;
    const { cpus, memMb, diskMb, gpus, ports } = freeOf(offers);
    return {
      agentId,
      host: newest.hostname,
      url: newest.agentUrl,
      attributes: newest.attributes,
      free: { cpus, memMb, diskMb, gpus },
      freePorts: countPorts(ports),
    };
  }

  /** The index follows what is held of the agent. */
  refresh(agentId: string): void {
    const offers = this.#options.book.ofAgent(agentId);
    const agent = this.#options.state.agent(agentId);
    if (offers.length === 0 || agent === undefined) {
      this.#offered.delete(agentId);
      this.#ports.delete(agentId);
      return;
    }
    const machine = machineOf(agent, offers);
    this.#ports.set(agentId, machine.ports);
    this.#offered.set(machine);
  }

  /** Nothing is offered of the agent any more. */
  drop(agentId: string): readonly EngineOffer[] {
    const offers = this.#options.book.take(agentId);
    this.#offered.delete(agentId);
    this.#ports.delete(agentId);
    return offers;
  }

  dropAll(): void {
    for (const agentId of this.#options.book.agents()) this.drop(agentId);
  }

  /** Groups that were refused, and that one of these agents would take now, are tried again at once. */
  wake(agentIds: readonly string[], now: number): void {
    const { groups, state } = this.#options;
    const context = this.#context(state, now);
    for (const configId of groups.refusedConfigs(WAKE_GROUPS_MAX)) {
      const ask = this.#askOf(configId);
      if (ask !== null && this.#fitsAny(ask, agentIds, context)) groups.wake(configId, now);
    }
  }

  /** Of many agents, the index finds one sooner than a look at each; that it may find another one does no harm. */
  #fitsAny(ask: Ask, agentIds: readonly string[], context: PlaceContext): boolean {
    if (agentIds.length > WAKE_AGENTS_MAX) return this.#offered.place(ask, context) !== null;
    return agentIds.some((id) => this.#offered.vetoes(id, ask, context).length === 0);
  }

  /** Places what is due. Tasks become ASSIGNED in the transaction; what is to be launched is to go out once it is durable. */
  round(tx: Tx, now: number): RoundResult & { readonly agents: readonly AgentLaunch[] } {
    const { groups } = this.#options;
    const context = this.#context(tx, now);
    const assigned = new Map<string, string[]>();
    const result = runRound({
      due: groups.due(now),
      tasksOf: (configId) => groups.tasksOf(configId),
      place: (configId) => {
        const ask = this.#askOf(configId);
        return ask === null ? null : this.#offered.place(ask, context);
      },
      assign: (taskId, agentId) => {
        if (!this.#assign(tx, taskId, agentId, now)) return false;
        assigned.set(agentId, [...(assigned.get(agentId) ?? []), taskId]);
        return true;
      },
      explain: (configId) => {
        const ask = this.#askOf(configId);
        return ask === null ? NOBODY : this.#offered.explain(ask, context);
      },
      refused: (configId, refusal, placed) => {
        groups.refused(configId, refusal, now, placed);
      },
    });
    const agents = [...assigned].map(([agentId, taskIds]) => ({
      launches: taskIds.map((taskId) => this.#launch(tx, taskId)),
      offerIds: this.drop(agentId).map(({ id }) => id),
    }));
    return { ...result, agents };
  }

  #assign(tx: Tx, taskId: string, agentId: string, now: number): boolean {
    const { decisions, newUuid, random } = this.#options;
    const config = configOf(tx, taskId);
    const agent = tx.agent(agentId);
    const picked = pickPorts(this.#ports.get(agentId) ?? [], config?.demand.ports.length ?? 0, random());
    if (config === undefined || agent === undefined || picked === null) return false;
    const ports = Object.fromEntries(config.demand.ports.map((name, i) => [name, picked.ports[i] ?? 0]));
    const placement: Placement = { agentId, host: agent.host, ports };
    if (!decisions.assign(tx, taskId, placement, { now, newUuid })) return false;
    this.#ports.set(agentId, picked.rest);
    this.#offered.take(agentId, askOf(config, this.#overhead));
    return true;
  }

  #launch(tx: Tx, taskId: string): Launch {
    const task = tx.task(taskId);
    const config = configOf(tx, taskId);
    const placement = task?.placement ?? null;
    if (task === undefined || placement === null || config === undefined)
      throw new Error(`${taskId}: assigned, but not placed`);
    return launchOf({ ...task, placement }, config, this.#options.executor);
  }

  /** Why no agent that is known could take it with nothing else on it; null when one could, or none is known. */
  neverFits(config: TaskConfig, now: number): Refusal | null {
    if (this.#empty.size === 0) return null;
    const ask = askOf(config, this.#overhead);
    const context = { now, limitCount: () => 0 };
    return this.#empty.place(ask, context) === null ? this.#empty.explain(ask, context) : null;
  }

  /** How many more would fit: what is offered counts as it is; of the other agents, what this scheduler's tasks leave. */
  capacity(config: TaskConfig, max: number, now: number): Capacity {
    const { state, createPlacer } = this.#options;
    const placer = createPlacer();
    for (const agent of state.agents()) if (agent.lostAt === null) placer.set(this.#machine(agent));
    const ask = askOf(config, this.#overhead);
    const { count, refusal } = placer.capacity(ask, this.#context(state, now), max);
    return { needs: ask.needs, count, refusal };
  }

  #machine(agent: AgentRecord): Machine {
    const { book, state } = this.#options;
    const offers = book.ofAgent(agent.id);
    if (offers.length > 0) return machineOf(agent, offers);
    let free = agent.capacity;
    let freePorts = agent.portCount;
    for (const task of state.tasksOnAgent(agent.id)) {
      const config = state.config(task.configId);
      if (config === undefined) continue;
      free = minus(free, needsOf(config, this.#overhead));
      freePorts -= config.demand.ports.length;
    }
    return { ...emptyMachine(agent), free, freePorts: Math.max(0, freePorts), mode: agent.mode };
  }

  get #overhead(): ExecutorOverhead {
    return this.#options.executor.overhead;
  }

  #context(state: StateView, now: number): PlaceContext {
    return { now, limitCount: (job, attribute, value) => state.limitCount(job, attribute, value) };
  }

  #askOf(configId: string): Ask | null {
    const known = this.#asks.get(configId);
    if (known !== undefined) return known;
    const config = this.#options.state.config(configId);
    if (config === undefined) return null;
    const ask = askOf(config, this.#overhead);
    this.#asks.set(configId, ask);
    return ask;
  }
}

const NOBODY: Refusal = { nearest: null, counts: {} };

function configOf(state: StateView, taskId: string): TaskConfig | undefined {
  return state.config(state.task(taskId)?.configId ?? '');
}

function waitingOf(task: Task) {
  const { id, job, configId, events } = task;
  return { id, job, configId, pendingSince: events.at(-1)?.at ?? 0 };
}

function minus(a: Sizes, b: Sizes): Sizes {
  return {
    cpus: Math.max(0, a.cpus - b.cpus),
    memMb: Math.max(0, a.memMb - b.memMb),
    diskMb: Math.max(0, a.diskMb - b.diskMb),
    gpus: Math.max(0, a.gpus - b.gpus),
  };
}

function machineOf(
  agent: AgentRecord,
  offers: readonly EngineOffer[],
): Machine & { readonly ports: readonly PortRange[] } {
  const { cpus, memMb, diskMb, gpus, ports } = freeOf(offers);
  const absences = offers.flatMap(({ absence }) => (absence === null ? [] : [absence.startAt]));
  return {
    agentId: agent.id,
    host: agent.host,
    free: { cpus, memMb, diskMb, gpus },
    freePorts: countPorts(ports),
    capacity: agent.capacity,
    attributes: agent.attributes,
    mode: agent.mode,
    absentFrom: absences.length === 0 ? null : Math.min(...absences),
    ports,
  };
}
