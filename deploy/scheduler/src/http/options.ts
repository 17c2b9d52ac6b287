import type { Log, Metrics } from '@murmur/service';
import type { Backend, ExecutorOverhead } from '../backend.js';
import type { Auth } from './auth.js';

/** Who leads, as this process knows it. */
export interface Leadership {
  readonly leads: boolean;
  /** `http://host:port` of the leader; null while nobody is known to lead. */
  readonly leaderUrl: string | null;
}

/** What the HTTP side is given by the process. Everything is asked anew at each request. */
export interface ApiOptions {
  /** null until this scheduler leads and has read its log. */
  readonly backend: () => Backend | null;
  readonly leadership: () => Leadership;
  /** The cluster's name: the first part of every job key. */
  readonly cluster: string;
  readonly version: string;
  /** What each task's executor takes, on top of the task. */
  readonly overhead: ExecutorOverhead;
  readonly auth: Auth;
  readonly log: Log;
  readonly metrics: Metrics;
  /** ms since 1970. */
  readonly now: () => number;
  /** More lines of `/vars`, by name: counters and gauges of the other parts. */
  readonly vars?: () => Readonly<Record<string, number | string>>;
}

export interface Api {
  /** Ends the event streams; to be called before the server closes. */
  close(): void;
}
