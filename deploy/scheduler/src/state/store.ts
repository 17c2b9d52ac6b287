import type { AgentRecord } from '../model/agent.js';
import type { StoredConfig, TaskConfig } from '../model/config.js';
import { TABLES } from '../model/tables.js';
import type { AuditEntry, MetaRecord, Op, TableName, Tables, Transaction } from '../model/tables.js';
import type { Task, TaskState } from '../model/task.js';
import { AuditLog } from './audit-core.js';
import { configOf } from './config-core.js';
import { decodeChunk, encodeChunks } from './encode-core.js';
import type { SnapshotRecord } from './encode-core.js';
import { TaskIndexes } from './indexes-core.js';
import type { Committed, StateView, Tx } from './port.js';

/** The state in memory, and the only way to change it. */
export interface State extends StateView {
  /**
   * Runs `change` as one transaction: what it writes is seen at once, and is undone when it throws. `committed` is null when nothing
   * changed. Each record is one op, whatever was done to it on the way.
   */
  transact<T>(
    at: number,
    change: (tx: Tx) => T,
  ): { readonly result: T; readonly committed: Committed | null };
  /** Recovery: makes a transaction's ops so, in any order and any number of times. */
  apply(transaction: Transaction): void;
  /** The state of this moment, to be encoded bit by bit while it goes on changing. */
  snapshotChunks(): Iterable<Uint8Array>;
  /** Recovery: reads one chunk of a snapshot. @throws StateFormatError */
  loadChunk(chunk: Uint8Array): void;
}

export function createState(): State {
  return new Store();
}

interface Change {
  readonly op: Op;
  readonly before: Tables[TableName] | null;
}

class Store implements State, Tx {
  readonly #tasks = new Map<string, Task>();
  readonly #configs = new Map<string, { readonly stored: StoredConfig; readonly config: TaskConfig }>();
  readonly #unused = new Set<string>();
  readonly #agents = new Map<string, AgentRecord>();
  readonly #meta = new Map<string, MetaRecord>();
  readonly #audit = new AuditLog();
  readonly #indexes = new TaskIndexes();
  /** Of the transaction under way, by table and key. */
  #changes: Map<string, Change> | null = null;

  task(id: string): Task | undefined {
    return this.#tasks.get(id);
  }
  tasks(): Iterable<Task> {
    return this.#tasks.values();
  }
  get taskCount(): number {
    return this.#tasks.size;
  }
  jobs(): readonly string[] {
    return this.#indexes.jobs();
  }
  tasksOfJob(job: string): readonly Task[] {
    // The newest first of what was made at the same time, too: sorting is stable.
    const tasks = this.#resolve(this.#indexes.ofJob(job)).reverse();
    return tasks.sort((a, b) => a.instance - b.instance || bornAt(b) - bornAt(a));
  }
  activeOfJob(job: string): readonly Task[] {
    return this.#resolve(this.#indexes.activeOfJob(job)).sort((a, b) => a.instance - b.instance);
  }
  activeInstance(job: string, instance: number): Task | undefined {
    const id = this.#indexes.activeInstance(job, instance);
    return id === undefined ? undefined : this.#tasks.get(id);
  }
  tasksOnAgent(agentId: string): readonly Task[] {
    return this.#resolve(this.#indexes.onAgent(agentId));
  }
  tasksInState(state: TaskState): Iterable<Task> {
    return this.#resolve(this.#indexes.inState(state));
  }
  countInState(state: TaskState): number {
    return this.#indexes.inState(state).size;
  }
  config(id: string): TaskConfig | undefined {
    return this.#configs.get(id)?.config;
  }
  agent(id: string): AgentRecord | undefined {
    return this.#agents.get(id);
  }
  agents(): Iterable<AgentRecord> {
    return this.#agents.values();
  }
  limitCount(job: string, attribute: string, value: string): number {
    return this.#indexes.limitCount(job, attribute, value);
  }
  meta(key: string): string | undefined {
    return this.#meta.get(key)?.value;
  }
  audit(limit: number, before?: string): readonly AuditEntry[] {
    return this.#audit.page(limit, before);
  }
  get auditCount(): number {
    return this.#audit.size;
  }
  unusedConfigs(): Iterable<string> {
    return this.#unused;
  }

  put<T extends TableName>(table: T, key: string, value: Tables[T]): void {
    this.#record({ table, key, value } as Op);
  }

  delete(table: TableName, key: string): void {
    this.#record({ table, key, value: null });
  }

  transact<T>(
    at: number,
    change: (tx: Tx) => T,
  ): { readonly result: T; readonly committed: Committed | null } {
    if (this.#changes !== null) throw new Error('a transaction is under way');
    this.#changes = new Map();
    try {
      const result = change(this);
      const changes = [...this.#changes.values()].filter(({ op, before }) => op.value !== before);
      const transaction = { at, ops: changes.map(({ op }) => op) };
      const before = changes.map((one) => one.before);
      return { result, committed: changes.length === 0 ? null : { transaction, before } };
    } catch (error) {
      this.#undo([...this.#changes.values()]);
      throw error;
    } finally {
      this.#changes = null;
    }
  }

  apply({ ops }: Transaction): void {
    for (const op of ops) this.#write(op);
  }

  snapshotChunks(): Iterable<Uint8Array> {
    // Records never change: a copy of the references is the state of now.
    const records = TABLES.flatMap((table) => this.#records(table));
    return { [Symbol.iterator]: () => encodeChunks(records) };
  }

  loadChunk(chunk: Uint8Array): void {
    for (const op of decodeChunk(chunk)) this.#write(op);
  }

  #record(op: Op): void {
    if (this.#changes === null) throw new Error('no transaction is under way');
    const id = `${op.table}/${op.key}`;
    const before = this.#changes.get(id)?.before;
    this.#changes.set(id, { op, before: before === undefined ? this.#read(op.table, op.key) : before });
    this.#write(op);
  }

  #undo(changes: readonly Change[]): void {
    // Ended tasks first, so that an instance's old task is its active one again.
    for (const { op, before } of changes) if (before === null) this.#write({ ...op, value: null });
    for (const { op, before } of changes) if (before !== null) this.#write({ ...op, value: before } as Op);
  }

  #read(table: TableName, key: string): Tables[TableName] | null {
    switch (table) {
      case 'tasks':
        return this.#tasks.get(key) ?? null;
      case 'configs':
        return this.#configs.get(key)?.stored ?? null;
      case 'agents':
        return this.#agents.get(key) ?? null;
      case 'audit':
        return this.#audit.get(key) ?? null;
      case 'meta':
        return this.#meta.get(key) ?? null;
    }
  }

  #write(op: Op): void {
    switch (op.table) {
      case 'tasks':
        this.#writeTask(op.key, op.value);
        return;
      case 'configs':
        this.#writeConfig(op.key, op.value);
        return;
      case 'agents':
        this.#writeAgent(op.key, op.value);
        return;
      case 'audit':
        if (op.value === null) this.#audit.delete(op.key);
        else this.#audit.set(op.value);
        return;
      case 'meta':
        if (op.value === null) this.#meta.delete(op.key);
        else this.#meta.set(op.key, op.value);
    }
  }

  #writeTask(id: string, task: Task | null): void {
    const old = this.#tasks.get(id);
    if (old !== undefined) this.#indexes.remove(old, this.#agentOf(old), task === null);
    if (task === null) this.#tasks.delete(id);
    else {
      this.#tasks.set(id, task);
      this.#indexes.add(task, this.#agentOf(task));
      this.#unused.delete(task.configId);
    }
    if (old !== undefined) this.#checkUse(old.configId);
  }

  #writeConfig(id: string, stored: StoredConfig | null): void {
    if (stored === null) this.#configs.delete(id);
    else this.#configs.set(id, { stored, config: configOf(stored) });
    this.#checkUse(id);
  }

  #writeAgent(id: string, agent: AgentRecord | null): void {
    const old = this.#agents.get(id);
    if (old?.attributes !== agent?.attributes) {
      const tasks = this.tasksOnAgent(id);
      for (const task of tasks) this.#indexes.count(task, old, -1);
      for (const task of tasks) this.#indexes.count(task, agent ?? undefined, 1);
    }
    if (agent === null) this.#agents.delete(id);
    else this.#agents.set(id, agent);
  }

  #checkUse(configId: string): void {
    const unused = this.#configs.has(configId) && this.#indexes.configUsers(configId) === 0;
    if (unused) this.#unused.add(configId);
    else this.#unused.delete(configId);
  }

  #agentOf(task: Task): AgentRecord | undefined {
    return task.placement === null ? undefined : this.#agents.get(task.placement.agentId);
  }

  #resolve(ids: Iterable<string>): Task[] {
    const tasks: Task[] = [];
    for (const id of ids) {
      const task = this.#tasks.get(id);
      if (task !== undefined) tasks.push(task);
    }
    return tasks;
  }

  #records(table: TableName): readonly SnapshotRecord[] {
    const rows: Readonly<Record<TableName, () => readonly (readonly [string, Tables[TableName]])[]>> = {
      tasks: () => [...this.#tasks],
      configs: () => [...this.#configs].map(([key, { stored }]) => [key, stored] as const),
      agents: () => [...this.#agents],
      audit: () => this.#audit.all().map((entry) => [entry.id, entry] as const),
      meta: () => [...this.#meta],
    };
    return rows[table]().map(([key, value]) => ({ table, key, value }));
  }
}

function bornAt(task: Task): number {
  return task.events[0]?.at ?? 0;
}
