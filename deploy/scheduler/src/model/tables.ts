import type { AgentRecord } from './agent.js';
import type { StoredConfig } from './config.js';
import type { Task } from './task.js';

/** Who did what, and why. Never changed; the oldest go beyond AUDIT_MAX. */
export interface AuditEntry {
  /** Ascending decimal, 16 digits, so that keys sort. */
  readonly id: string;
  readonly at: number;
  readonly who: string;
  /** `job.create`, `job.kill`, ... */
  readonly action: string;
  /** A job key, a host, ... */
  readonly target: string;
  /** Given by who asked. */
  readonly reason: string | null;
  /** What came of it, in one line. */
  readonly outcome: string;
}

export const AUDIT_MAX = 10_000;

/** Single values. */
export interface MetaRecord {
  /** `framework-id`: what the engine knows this scheduler by. */
  readonly value: string;
}

/**
 * Everything that is stored: tables of records by key. A new kind of record is a new table, and no new log format.
 * Records are plain JSON values and are never changed in place.
 */
export interface Tables {
  readonly tasks: Task;
  readonly configs: StoredConfig;
  readonly agents: AgentRecord;
  readonly audit: AuditEntry;
  readonly meta: MetaRecord;
}
export type TableName = keyof Tables;
export const TABLES = ['tasks', 'configs', 'agents', 'audit', 'meta'] as const satisfies readonly TableName[];

/** One change of one record; `value: null` deletes it. */
export type Op = {
  [T in TableName]: { readonly table: T; readonly key: string; readonly value: Tables[T] | null };
}[TableName];

/** One transaction: all of it or nothing. */
export interface Transaction {
  readonly at: number;
  readonly ops: readonly Op[];
}
