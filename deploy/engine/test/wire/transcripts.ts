import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a real Apache Mesos 1.12 said, one JSON object a line; `deploy/engine/README.md` tells how it was recorded. */
export interface Exchange {
  readonly what: 'exchange';
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: string;
  };
}
export interface StreamChunk {
  readonly what: 'stream chunk';
  readonly stream: string;
  readonly bytes: string;
}
export interface Subscribe {
  readonly what: 'subscribe';
  readonly request: Exchange['request'];
  readonly response: { readonly status: number; readonly headers: Record<string, string> };
}
export type SchedulerLine =
  Exchange | StreamChunk | Subscribe | { readonly what: 'stream end'; readonly stream: string };

export interface ExecutorLine {
  readonly chunk?: string;
  readonly request?: unknown;
  readonly status?: number;
  readonly body?: string;
  readonly environment?: Record<string, string>;
}

const folder = join(import.meta.dirname, '..', 'transcripts');

function lines(file: string): unknown[] {
  return readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

export const schedulerLines = (): SchedulerLine[] => lines('scheduler.jsonl') as SchedulerLine[];
export const executorLines = (): ExecutorLine[] => lines('executor.jsonl') as ExecutorLine[];
