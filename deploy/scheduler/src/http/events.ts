import { HEARTBEAT_MS, type EventShape } from '@murmur/scheduler-api';
import type { Log } from '@murmur/service';
import type { Request, Response } from 'express';
import type { Backend } from '../backend.js';
import { changesOf, concerns, type Change } from './changes-core.js';
import { Refused } from './refused.js';
import { formatEventId, parseEventId, Ring, type EventId } from './ring-core.js';
import { keyView, taskView, type ViewContext } from './views-core.js';

/** Events that a client can go on from. */
export const EVENTS_KEPT = 10_000;
/** Streams at once. */
export const EVENT_STREAMS_MAX = 256;
/** A client that has taken nothing for so long is cut off, ms. */
export const STALLED_MS = 60_000;
/** Bytes that may wait in a connection; then the stream waits, and reads on in the ring once they are gone. */
const WAITING_BYTES_MAX = 256 * 1024;

type Kept = Change & EventId;

export interface EventsOptions {
  readonly log: Log;
  readonly context: (backend: Backend) => ViewContext;
  readonly kept?: number;
  readonly streamsMax?: number;
}

/** The streams of `GET /api/v1/events`, and the events that they go on from. */
export interface Events {
  /** Hears this backend's changes from now on. */
  attach(backend: Backend): void;
  open(req: Request, res: Response, backend: Backend, passes: ((job: string) => boolean) | null): void;
  streams(): number;
  close(): void;
}

interface Stream {
  readonly res: Response;
  readonly passes: ((job: string) => boolean) | null;
  /** Number of the next entry of the ring. */
  next: number;
  stalledAt: number | null;
}

export function createEvents({
  log,
  context,
  kept = EVENTS_KEPT,
  streamsMax = EVENT_STREAMS_MAX,
}: EventsOptions): Events {
  const streams = new Set<Stream>();
  let ring = new Ring<Kept>(kept);
  let attached: Backend | null = null;
  let detach: () => void = () => undefined;
  let heartbeat: NodeJS.Timeout | null = null;
  let beats = 0;

  const end = (stream: Stream, reason: string | null): void => {
    if (!streams.delete(stream)) return;
    if (reason !== null) log.info({ reason }, 'events: a stream was ended');
    if (reason === null) stream.res.end();
    else stream.res.destroy();
    if (streams.size > 0 || heartbeat === null) return;
    clearInterval(heartbeat);
    heartbeat = null;
  };
  const pump = (stream: Stream): void => {
    if (attached === null || stream.res.writableLength > WAITING_BYTES_MAX) return;
    const view = context(attached);
    for (; stream.next < ring.next; stream.next++) {
      const change = ring.at(stream.next);
      if (change === undefined) {
        end(stream, `it is more than ${kept} events behind`);
        return;
      }
      if (!concerns(change, stream.passes)) continue;
      stream.res.write(eventText(formatEventId(change), eventView(change, view)));
      if (stream.res.writableLength <= WAITING_BYTES_MAX) continue;
      stream.next++;
      return;
    }
  };
  const beat = (): void => {
    beats++;
    for (const stream of streams) {
      if (stream.res.writableLength === 0) {
        stream.stalledAt = null;
        stream.res.write(': \n\n');
      } else if (stream.stalledAt === null) stream.stalledAt = beats;
      else if ((beats - stream.stalledAt) * HEARTBEAT_MS >= STALLED_MS)
        end(stream, `it took nothing for ${STALLED_MS} ms`);
    }
  };

  return {
    attach: (backend) => {
      if (backend === attached) return;
      detach();
      attached = backend;
      ring = new Ring(kept);
      detach = backend.onCommitted((committed, position) => {
        ring.saw(position);
        changesOf(committed).forEach((change, index) => ring.push({ ...change, position, index }));
        for (const stream of [...streams]) pump(stream);
      });
    },
    open: (req, res, backend, passes) => {
      if (streams.size >= streamsMax)
        throw new Refused(
          'not-ready',
          `there are ${streamsMax} streams of events already, which is the most`,
        );
      const from = resumeFrom(req.get('last-event-id'), ring);
      res.set({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      res.flushHeaders();
      res.write(`: ${backend.status().name}\n\n`);
      if (from === null) res.write(eventText(null, GAP));
      const stream: Stream = { res, passes, next: from ?? ring.next, stalledAt: null };
      streams.add(stream);
      heartbeat ??= setInterval(beat, HEARTBEAT_MS).unref();
      res.on('drain', () => pump(stream));
      res.on('close', () => end(stream, null));
      pump(stream);
    },
    streams: () => streams.size,
    close: () => {
      detach();
      attached = null;
      for (const stream of [...streams]) end(stream, null);
    },
  };
}

const GAP: EventShape = { kind: 'gap', text: 'events were missed: read the lists again' };

/** The number of the entry to begin with; null: some were missed. Without an id: what comes from now on. */
function resumeFrom(last: string | undefined, ring: Ring<Kept>): number | null {
  if (last === undefined || last === '') return ring.next;
  const id = parseEventId(last);
  return id === undefined ? null : ring.after(id);
}

export function eventText(id: string | null, event: EventShape): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

function eventView(change: Change, context: ViewContext): EventShape {
  switch (change.kind) {
    case 'task':
      return { kind: 'task', task: taskView(change.task, context), previous: change.previous };
    case 'task-removed': {
      const { id, job, instance } = change.task;
      return { kind: 'task-removed', id, job: keyView(context.cluster, job), instance };
    }
    case 'agent': {
      const { id, host, lostAt } = change.agent;
      return { kind: 'agent', agentId: id, host, lostAt };
    }
    case 'audit':
      return { kind: 'audit', entry: { ...change.entry } };
  }
}
