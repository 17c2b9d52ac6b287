import type { AgentRecord } from '../model/agent.js';
import type { AuditEntry, Op, TableName, Tables } from '../model/tables.js';
import type { Task, TaskState } from '../model/task.js';
import type { Committed } from '../state/port.js';

/** A change that users are told of. */
export type Change =
  | { readonly kind: 'task'; readonly task: Task; readonly previous: TaskState | null }
  | { readonly kind: 'task-removed'; readonly task: Task }
  | { readonly kind: 'agent'; readonly agent: AgentRecord }
  | { readonly kind: 'audit'; readonly entry: AuditEntry };

/** What of a transaction users are told, in its order. Of an agent: that it is new, gone, or back. */
export function changesOf({ transaction, before }: Committed): readonly Change[] {
  return transaction.ops.flatMap((op, i) => changeOf(op, before[i] ?? null));
}

function changeOf(op: Op, before: Tables[TableName] | null): readonly Change[] {
  switch (op.table) {
    case 'tasks': {
      // The record before is one of the same table.
      const was = before as Task | null;
      if (op.value !== null) return [{ kind: 'task', task: op.value, previous: was?.state ?? null }];
      return was === null ? [] : [{ kind: 'task-removed', task: was }];
    }
    case 'agents': {
      const was = before as AgentRecord | null;
      if (op.value === null || (was !== null && was.lostAt === op.value.lostAt)) return [];
      return [{ kind: 'agent', agent: op.value }];
    }
    case 'audit':
      return op.value === null ? [] : [{ kind: 'audit', entry: op.value }];
    case 'configs':
    case 'meta':
      return [];
  }
}

/** Whether a change is of a job that passes. Agents are of no job; an audit entry is where its target is a job. */
export function concerns(change: Change, passes: ((job: string) => boolean) | null): boolean {
  if (passes === null) return true;
  switch (change.kind) {
    case 'task':
    case 'task-removed':
      return passes(change.task.job);
    case 'audit':
      return passes(change.entry.target);
    case 'agent':
      return false;
  }
}
