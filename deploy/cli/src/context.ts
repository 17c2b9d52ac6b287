import { loadClusters, type Clusters } from './clusters.js';
import { CliError, interrupted } from './exit-core.js';
import type { Io } from './io.js';
import type { Options } from './options-core.js';
import type { Output } from './output.js';
import { openSession, type Session } from './session.js';

/** What a verb has to do its work with. */
export interface Context {
  readonly io: Io;
  readonly out: Output;
  readonly args: readonly string[];
  readonly options: Options;
  readonly clusters: () => Promise<Clusters>;
  /** Throws CliError INVALID_CONFIGURATION for a cluster that is not known. */
  readonly session: (cluster: string) => Promise<Session>;
  /** The words that the parser has made sure of. */
  readonly arg: (index: number) => string;
}

export type Verb = (context: Context) => Promise<number>;

export function makeContext(io: Io, out: Output, args: readonly string[], options: Options): Context {
  const open = new Map<string, Promise<Session>>();
  const clusters = once(() => loadClusters(io, options.text('--clusters')));
  return {
    io,
    out,
    args,
    options,
    clusters,
    session: (name) => {
      const session = open.get(name) ?? clusters().then((all) => openSession(io, all.find(name)));
      open.set(name, session);
      return session;
    },
    arg: (index) => {
      const word = args[index];
      if (word === undefined) throw new CliError('USAGE', 'an argument is missing');
      return word;
    },
  };
}

/** Waits; rejects with INTERRUPTED on ctrl-C, and resolves early when `wake` is called. */
export async function sleep(io: Io, ms: number, onWake?: (wake: () => void) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      io.signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    io.signal?.addEventListener('abort', done);
    onWake?.(done);
    if (io.signal?.aborted === true) done();
  });
  if (io.signal?.aborted === true) throw interrupted();
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
