import type { ChildLimits, Evaluated, EvaluateRequest, Fault } from './protocol-core.js';
import type { FolderReader } from './files.js';
import type { Prelude } from './prelude.js';
import { Child } from './process.js';
import type { End } from './process.js';
import { buildSnapshot, exists, snapshotFile } from './snapshot.js';
import { rm } from 'node:fs/promises';

export type Evaluation =
  | { readonly ok: true; readonly answer: Evaluated }
  /** The process ended. `at`: the line that ran last, when it could be told. */
  | { readonly ok: false; readonly end: End; readonly at: Fault | null; readonly lastWords: string };

/** Time beyond which a child that does not interrupt itself is killed: more than it needs to do so on a busy machine. */
const GUARD_MORE_MS = 3_000;

/** One Python process for evaluations one after another; a new one takes its place when a config has spoilt it. */
export class Evaluator {
  readonly #prelude: Prelude;
  readonly #cacheFolder: string | null;
  readonly #limits: ChildLimits;
  #child: Child | undefined;

  constructor(prelude: Prelude, cacheFolder: string | null, limits: ChildLimits) {
    this.#prelude = prelude;
    this.#cacheFolder = cacheFolder;
    this.#limits = limits;
  }

  /** Throws when Python cannot be started. */
  async evaluate(request: EvaluateRequest, files: FolderReader): Promise<Evaluation> {
    this.#child ??= await this.#start();
    const child = this.#child;
    const { loadTimeoutMs, killAfterMs } = this.#limits;
    const release = child.guard(loadTimeoutMs + killAfterMs + GUARD_MORE_MS);
    try {
      const evaluation = await converse(child, request, files);
      if (!evaluation.ok || spoilt(evaluation.answer)) await this.close();
      return evaluation;
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.close();
  }

  async #start(): Promise<Child> {
    if (this.#cacheFolder !== null) {
      const file = snapshotFile(this.#cacheFolder, this.#prelude);
      if (await exists(file)) {
        const child = await this.#startFrom(file);
        if (typeof child !== 'string') return child;
        await rm(file, { force: true }).catch(() => undefined);
      }
      if (await buildSnapshot(this.#cacheFolder, this.#prelude, this.#limits)) {
        const child = await this.#startFrom(file);
        if (typeof child !== 'string') return child;
      }
    }
    const child = await this.#startFrom(null);
    if (typeof child === 'string') throw new Error(`Python does not start: ${child}`);
    return child;
  }

  async #startFrom(snapshot: string | null): Promise<Child | string> {
    const child = new Child(this.#prelude, snapshot === null ? [] : [snapshot], []);
    const { given: prelude, boot } = this.#prelude;
    const failed = await child.start({
      type: 'start',
      prelude,
      boot,
      snapshot,
      build: null,
      limits: this.#limits,
    });
    return failed ?? child;
  }
}

/** A request and what it leads to: files the config asks for, and its answer. */
async function converse(child: Child, request: EvaluateRequest, files: FolderReader): Promise<Evaluation> {
  let at: Fault | null = null;
  child.send({ type: 'load', request });
  for (;;) {
    const message = await child.receive();
    if (message === undefined || message.type === 'failed') {
      const end = child.end ?? 'died';
      return { ok: false, end: at !== null && end === 'died' ? 'time' : end, at, lastWords: child.lastWords };
    }
    if (message.type === 'answer') return { ok: true, answer: JSON.parse(message.answer) as Evaluated };
    if (message.type === 'read') {
      const read = await files.read(message.path);
      if (read.ok) child.send({ type: 'file', base64: read.bytes.toString('base64') });
      else child.send({ type: 'refused', error: read.error, refused: read.refused });
    } else {
      if (message.type === 'at') at = { ...message, path: '', message: '', expected: null };
      child.send({ type: 'noted' });
    }
  }
}

/** After an interrupt or a lack of memory nobody knows what is left half done. */
function spoilt({ error }: Evaluated): boolean {
  return error?.fatal !== undefined && error.fatal !== false;
}
