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

interface Stream {
  readonly res: Response;
  readonly passes: ((job: string) => boolean) | null;
  /** Number of the next entry of the ring. */
  next: number;
  stalledAt: number | null;
}

/** The streams of `GET /api/v1/events`, and the events that they go on from. */
export class Events {
  readonly #options: EventsOptions;
  readonly #kept: number;
  readonly #streamsMax: number;
  readonly #streams = new Set<Stream>();
  #ring: Ring<Kept>;
  #backend: Backend | null = null;
  #detach: () => void = () => undefined;
  #heartbeat: NodeJS.Timeout | null = null;
  #beats = 0;

  constructor(options: EventsOptions) {
    this.#options = options;
    this.#kept = options.kept ?? EVENTS_KEPT;
    this.#streamsMax = options.streamsMax ?? EVENT_STREAMS_MAX;
    this.#ring = new Ring(this.#kept);
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Hears this backend's changes from now on. */
  attach(backend: Backend): void {
    if (backend === this.#backend) return;
    this.#detach();
    this.#backend = backend;
    this.#ring = new Ring(this.#kept);
    this.#detach = backend.onCommitted((committed, position) => {
      this.#ring.saw(position);
      for (const [index, change] of changesOf(committed).entries())
        this.#ring.push({ ...change, position, index });
      for (const stream of [...this.#streams]) this.#pump(stream);
    });
  }

  /** Answers with a stream: what came after the request's Last-Event-ID, and what comes from now on. */
  open(req: Request, res: Response, backend: Backend, passes: Stream['passes']): void {
    this.attach(backend);
    if (this.#streams.size >= this.#streamsMax)
      throw new Refused(
        'not-ready',
        `there are ${this.#streamsMax} streams of events, and no more are given`,
      );
    const from = resumeFrom(req.get('last-event-id'), this.#ring);
    res.set(STREAM_HEADERS);
    res.flushHeaders();
    res.write(`: ${backend.status().name}\n\n`);
    if (from === null) res.write(eventText(null, GAP));
    const stream: Stream = { res, passes, next: from ?? this.#ring.next, stalledAt: null };
    this.#streams.add(stream);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    res.on('drain', () => this.#pump(stream));
    res.on('close', () => this.#end(stream, null));
    this.#pump(stream);
  }

  close(): void {
    this.#detach();
    this.#backend = null;
    for (const stream of [...this.#streams]) this.#end(stream, null);
  }

  /** Writes what the connection takes; the rest stays in the ring until it has drained. */
  #pump(stream: Stream): void {
    if (this.#backend === null) return;
    const view = this.#options.context(this.#backend);
    while (stream.next < this.#ring.next && stream.res.writableLength <= WAITING_BYTES_MAX) {
      const change = this.#ring.at(stream.next);
      if (change === undefined) {
        this.#end(stream, `it is more than ${this.#kept} events behind`);
        return;
      }
      stream.next++;
      if (concerns(change, stream.passes))
        stream.res.write(eventText(formatEventId(change), eventView(change, view)));
    }
  }

  #beat(): void {
    this.#beats++;
    for (const stream of [...this.#streams]) {
      if (stream.res.writableLength === 0) {
        stream.stalledAt = null;
        stream.res.write(': \n\n');
      } else if (stream.stalledAt === null) stream.stalledAt = this.#beats;
      else if ((this.#beats - stream.stalledAt) * HEARTBEAT_MS >= STALLED_MS)
        this.#end(stream, `it took nothing for ${STALLED_MS} ms`);
    }
  }

  /** With a reason the connection is cut: the client did not read what was sent before. */
  #end(stream: Stream, reason: string | null): void {
    if (!this.#streams.delete(stream)) return;
    if (reason === null) stream.res.end();
    else {
      this.#options.log.info({ reason }, 'events: a stream was ended');
      stream.res.destroy();
    }
    if (this.#streams.size > 0 || this.#heartbeat === null) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};
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
