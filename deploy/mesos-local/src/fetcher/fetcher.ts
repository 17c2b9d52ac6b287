import { randomUUID } from 'node:crypto';
import { chmod, lchown, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { codeOf, reasonOf } from '../containerizer/reason.js';
import { DEFAULT_FETCH_LIMITS, type FetchLimits } from './limits.js';
import { openSource } from './sources.js';
import { Budget, Tree } from './tree.js';
import { FetchError, type Fetcher, type FetchRequest } from './types.js';
import { unpack } from './unpack.js';
import { planFetch, type FetchPlan } from './uri-core.js';

const EXECUTABLE = 0o755;
const PLAIN = 0o644;

export interface FetcherOptions {
  /** A folder of the agent on the file system of the sandboxes: what is fetched is put together here first. */
  readonly stagingFolder: string;
  /** Where relative paths begin; null = they are refused. */
  readonly frameworksHome: string | null;
  readonly limits?: Partial<FetchLimits>;
  readonly log: Log;
}

/**
 * Fetches URIs into sandboxes. All of a container's URIs are put together where only the agent can write, and moved into
 * the sandbox when all are there: a fetch that fails leaves nothing. `cache` is accepted and means nothing: each container
 * fetches anew.
 */
export function createFetcher(options: FetcherOptions): Fetcher {
  const limits = { ...DEFAULT_FETCH_LIMITS, ...options.limits };
  return {
    fetch: async (request) => {
      const { uris, sandbox } = request;
      if (uris.length === 0) return;
      if (uris.length > limits.uris) throw new FetchError(`uris: more than ${limits.uris}`);
      const plans = uris.map((uri) => planFetch(uri, options.frameworksHome));
      const staging = join(options.stagingFolder, randomUUID());
      await mkdir(staging, { recursive: true, mode: 0o700 });
      const timeout = AbortSignal.timeout(limits.timeoutMs);
      try {
        await fetchAll(plans, staging, request, limits, timeout);
        if (request.user !== null) await giveTo(request.user, staging);
        request.signal.throwIfAborted();
        await moveInto(staging, sandbox);
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
      options.log.debug({ sandbox, uris: uris.map((uri) => uri.value) }, 'fetched');
    },
  };
}

async function fetchAll(
  plans: readonly FetchPlan[],
  staging: string,
  request: FetchRequest,
  limits: FetchLimits,
  timeout: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([request.signal, timeout]);
  const tree = new Tree(staging, new Budget('files', limits.files));
  const bytes = new Budget('bytes to fetch for one container', limits.containerBytes);
  const unpacked = new Budget('bytes unpacked for one container', limits.unpackedBytes);
  for (const plan of plans) {
    const own = new Budget('bytes to fetch for one URI', limits.uriBytes);
    const content = openSource(plan.source, request.user, limits.redirects, signal);
    try {
      const path = await tree.file(plan.path.join('/'), PLAIN, content, [own, bytes]);
      if (plan.executable) await chmod(path, EXECUTABLE);
      if (plan.archive !== null) {
        const target = { tree: tree.below(plan.path.slice(0, -1)), bytes: unpacked };
        await unpack(path, plan.path.at(-1) ?? '', plan.archive, target, signal);
      }
    } catch (error) {
      throw failure(plan.uri, error, request.signal, timeout, limits);
    }
  }
}

function failure(
  uri: string,
  error: unknown,
  asked: AbortSignal,
  timeout: AbortSignal,
  limits: FetchLimits,
): FetchError {
  if (asked.aborted) return new FetchError(`${uri}: ${reasonOf(asked.reason)}`);
  const reason = timeout.aborted ? `took longer than ${limits.timeoutMs} ms` : reasonOf(error);
  return new FetchError(`${uri}: ${reason}`, { cause: error });
}

async function giveTo(user: NonNullable<FetchRequest['user']>, staging: string): Promise<void> {
  const open = [staging];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      await lchown(path, user.uid, user.gid);
      if (entry.isDirectory()) open.push(path);
    }
  }
}

/** By renaming, so that each entry is there whole or not at all. */
async function moveInto(staging: string, sandbox: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of await readdir(staging)) {
      const target = join(sandbox, name);
      if (await exists(target)) throw new FetchError(`the sandbox has ${JSON.stringify(name)} already`);
      await rename(join(staging, name), target);
      moved.push(target);
    }
  } catch (error) {
    await Promise.all(moved.map((path) => rm(path, { recursive: true, force: true })));
    if (error instanceof FetchError) throw error;
    throw new FetchError(`cannot move what was fetched into the sandbox: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
