import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '..', 'engine', 'test', 'transcripts');

export interface Exchange {
  readonly what: 'exchange';
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

export type Line =
  | Exchange
  | (Omit<Exchange, 'what'> & { readonly what: 'subscribe' })
  | { readonly what: 'stream chunk'; readonly stream: string; readonly bytes: string }
  | { readonly what: 'stream end'; readonly stream: string };

/** What an Apache Mesos 1.12 and a small scheduler said to each other, in order. */
export function recording(): Line[] {
  return readFileSync(join(folder, 'scheduler.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

export const executorRecording = join(folder, 'executor.jsonl');

export interface Event {
  readonly type: string;
  readonly update?: {
    readonly status: {
      readonly task_id: { value: string };
      readonly state: string;
      readonly source: string;
      readonly uuid?: string;
    };
  };
}

export function eventOf(bytes: string): Event {
  return JSON.parse(bytes.slice(bytes.indexOf('\n') + 1)) as Event;
}

/** An update that nobody acknowledges comes again and again: the first of them counts. */
export function withoutRepeats(events: readonly Event[]): Event[] {
  const seen = new Set<string>();
  return events.filter(({ update }) => {
    const uuid = update?.status.uuid;
    if (uuid === undefined) return true;
    if (seen.has(uuid)) return false;
    seen.add(uuid);
    return true;
  });
}

/** What makes an event recognisable in another run: its type, and for an update whose it is and what it says. */
export function nameOf({ type, update }: Event): string {
  return update === undefined ? type : `${type} ${update.status.task_id.value} ${update.status.state}`;
}
