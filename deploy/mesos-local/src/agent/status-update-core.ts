import type { TaskStatus } from '@murmur/engine';

/**
 * The updates of one task on their way to the scheduler: in order, one in flight, again and again until acknowledged
 * (Mesos's task status update manager).
 */
export interface UpdateStream {
  readonly frameworkId: string;
  readonly taskId: string;
  /** Whose task it is; null for a task that never was here. */
  readonly containerId: string | null;
  /** File of the stream, or null where the framework does not checkpoint. */
  readonly path: string | null;
  /** Not yet acknowledged; the first is the one in flight. */
  readonly pending: TaskStatus[];
  /** What came already, so that a repeat is known: the last `UPDATE_UUIDS_MAX`. */
  readonly seen: Set<string>;
  /** How often the first was sent. */
  attempts: number;
}

/** A line of the stream's file. */
export type UpdateRecord =
  { readonly update: TaskStatus } | { readonly ack: string } | { readonly drop: string };

export const RESEND_MIN_MS = 10_000;
export const RESEND_MAX_MS = 600_000;
/** More than these wait only if nobody acknowledges; then the second oldest goes, since later ones say more. */
export const UPDATES_PENDING_MAX = 1_000;
export const UPDATE_UUIDS_MAX = 10_000;

/** Neither id may hold a slash. */
export function streamKey(frameworkId: string, taskId: string): string {
  return `${frameworkId}/${taskId}`;
}

export function newStream(
  of: Pick<UpdateStream, 'frameworkId' | 'taskId' | 'containerId' | 'path'>,
): UpdateStream {
  return { ...of, pending: [], seen: new Set(), attempts: 0 };
}

/** Takes an update with a uuid. The records to store; none for a duplicate. */
export function pushUpdate(stream: UpdateStream, status: TaskStatus): readonly UpdateRecord[] {
  const uuid = status.uuid ?? '';
  if (stream.seen.has(uuid)) return [];
  remember(stream, uuid);
  stream.pending.push(status);
  if (stream.pending.length <= UPDATES_PENDING_MAX) return [{ update: status }];
  const [dropped] = stream.pending.splice(1, 1);
  return [{ update: status }, { drop: dropped?.uuid ?? '' }];
}

export type Acknowledged = 'next' | 'idle' | 'unexpected';

/** `unexpected`: not the one in flight, so nothing happens. */
export function acknowledgeUpdate(stream: UpdateStream, uuid: string): Acknowledged {
  if (stream.pending[0]?.uuid !== uuid) return 'unexpected';
  stream.pending.shift();
  stream.attempts = 0;
  return stream.pending.length > 0 ? 'next' : 'idle';
}

/** Counts a sending; ms until it is sent again without an acknowledgement: 10 s, 20 s, ... 10 min. */
export function sent(stream: UpdateStream): number {
  const wait = Math.min(RESEND_MAX_MS, RESEND_MIN_MS * 2 ** Math.min(stream.attempts, 20));
  stream.attempts += 1;
  return wait;
}

/** Brings a stream to where its file says it was. */
export function replay(stream: UpdateStream, records: readonly UpdateRecord[]): void {
  for (const record of records) {
    if ('update' in record) {
      remember(stream, record.update.uuid ?? '');
      stream.pending.push(record.update);
      continue;
    }
    const uuid = 'ack' in record ? record.ack : record.drop;
    const at = stream.pending.findIndex((status) => status.uuid === uuid);
    if (at >= 0) stream.pending.splice(at, 1);
  }
}

function remember(stream: UpdateStream, uuid: string): void {
  stream.seen.add(uuid);
  if (stream.seen.size <= UPDATE_UUIDS_MAX) return;
  for (const oldest of stream.seen) {
    stream.seen.delete(oldest);
    return;
  }
}
