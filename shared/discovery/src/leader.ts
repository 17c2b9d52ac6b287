import { firstCandidate } from './election-core.js';
import { unless, type Hub } from './hub.js';
import { makeReconciler } from './reconciler.js';
import { wakeOrFail } from './watch.js';
import type { DiscoveryLog, LeaderWatch } from './types.js';

/** Another look when the leader's node went between list and read. */
class LeaderGone extends Error {
  override readonly name = 'LeaderGone';
}

/**
 * Follows who leads at `path`; the path is made where it is absent. While ZooKeeper is away the leader known last is kept:
 * whoever calls it finds out by itself. `decode` gives null for data it cannot read; then there is no leader for this watcher.
 */
export function watchElection<T>(
  hub: Hub,
  path: string,
  decode: (label: string | null, text: string) => T | null,
  log: DiscoveryLog,
): LeaderWatch<T> {
  const listeners = new Set<(leader: T | null) => void>();
  const waiting = new Set<() => void>();
  let leader: T | null = null;
  let seen: string | null = null;
  let read = false;

  const found = (name: string, label: string | null, text: string): void => {
    const key = `${name} ${text}`;
    if (key === seen) return;
    change(key, decode(label, text), name);
  };
  const change = (key: string | null, next: T | null, name: string | null): void => {
    const silent = leader === null && next === null;
    seen = key;
    leader = next;
    if (key !== null && next === null) log.warn({ path, name }, 'election: the leader cannot be read');
    else log.info({ path, leader: name }, 'election: leader changed');
    if (!silent) for (const listener of [...listeners]) listener(leader);
  };
  const work = async (): Promise<void> => {
    const zk = hub.zk();
    let names = await unless('no-node', zk.children(path, poke), null);
    if (names === null) {
      await zk.makeParents(path);
      names = await zk.children(path, poke);
    }
    const first = firstCandidate(names);
    const node = first === null ? null : await unless('no-node', zk.read(`${path}/${first.name}`), null);
    if (first !== null && node === null) throw new LeaderGone(`${first.name} went while it was read`);
    if (first !== null && node !== null) found(first.name, first.label, node.text);
    else if (seen !== null) change(null, null, null);
    read = true;
    for (const wake of [...waiting]) wake();
  };
  // The client knows a watcher by identity, so one function per view is registered once, however often it is re-armed.
  const poke = (): void => reconciler.poke();
  const reconciler = makeReconciler(`leader ${path}`, () => hub.connected(), work, log);
  const forget = hub.onConnected(poke);
  poke();

  return {
    leader: () => leader,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ready: (timeoutMs) =>
      read ? Promise.resolve() : wakeOrFail(waiting, timeoutMs, `${path} was not read from ZooKeeper`),
    close: () => {
      forget();
      reconciler.stop();
      listeners.clear();
    },
  };
}
