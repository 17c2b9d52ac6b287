import type { ExecutorEvent, HealthCheck, Resource, ValueScalar } from '@murmur/engine';
import type { ContainerRecord, Termination } from '../containerizer/types.js';
import type { AgentMessage, MasterMessage } from '../protocol.js';
import type { ExecutorCallSubscribe, TaskStatus } from '@murmur/engine';

/** What a core wants done, in this order. Paths are below `<work-dir>/meta`. */
export type Effect =
  /** Written atomically, before anything after it is done. */
  | { readonly kind: 'write'; readonly path: string; readonly value: unknown }
  /** One line of JSON at the end of a file. */
  | { readonly kind: 'append'; readonly path: string; readonly value: unknown }
  /** A file, or a folder with all in it. */
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'launch'; readonly containerId: string }
  | {
      readonly kind: 'update';
      readonly containerId: string;
      readonly resources: readonly Resource[];
      readonly limits: Readonly<Record<string, ValueScalar>>;
    }
  | { readonly kind: 'signal'; readonly containerId: string; readonly signal: 'SIGTERM' }
  | { readonly kind: 'destroy'; readonly containerId: string }
  /** To the executor, after any `update` of its container. */
  | { readonly kind: 'event'; readonly containerId: string; readonly event: ExecutorEvent }
  /** Ends the executor's stream after what was sent. */
  | { readonly kind: 'close'; readonly containerId: string }
  | { readonly kind: 'master'; readonly message: AgentMessage }
  | { readonly kind: 'check'; readonly containerId: string; readonly check: HealthCheck | null }
  /** The sandbox may be collected. */
  | { readonly kind: 'collect'; readonly containerId: string; readonly sandbox: string }
  /** Everything is to end: destroy what runs, forget the id, exit. */
  | { readonly kind: 'shutdown'; readonly reason: string };

/** What may happen to an agent. */
export type AgentEvent =
  | { readonly kind: 'master'; readonly message: MasterMessage }
  | { readonly kind: 'master-lost' }
  | { readonly kind: 'launched'; readonly containerId: string; readonly record: ContainerRecord }
  | { readonly kind: 'launch-failed'; readonly containerId: string; readonly reason: string }
  | { readonly kind: 'ended'; readonly containerId: string; readonly termination: Termination }
  | { readonly kind: 'subscribed'; readonly containerId: string; readonly subscribe: ExecutorCallSubscribe }
  | { readonly kind: 'disconnected'; readonly containerId: string }
  | { readonly kind: 'update'; readonly containerId: string; readonly status: TaskStatus }
  | { readonly kind: 'message'; readonly containerId: string; readonly data: string }
  | { readonly kind: 'health'; readonly containerId: string; readonly healthy: boolean }
  /** A timer may be due. */
  | { readonly kind: 'tick' };

/** One turn of deciding: when it is, where chance comes from, what is to be done. */
export interface Turn {
  readonly now: number;
  /** A random UUID (version 4) as text. */
  readonly uuid: () => string;
  readonly effects: Effect[];
}

/** Bytes of a UUID's text, base64. */
export function uuidBytes(text: string): string {
  return Buffer.from(text.replaceAll('-', ''), 'hex').toString('base64');
}
