import { decodeMember, isMemberName } from './codec.js';
import { unless, type Hub } from './hub.js';
import { makeReconciler } from './reconciler.js';
import { emptyView, found, reconnected, type ViewState } from './view-core.js';
import type { DiscoveryLog, Member, ServerSet } from './types.js';

/** After ZooKeeper was away, announcers have this long to be back before their absence is believed, ms. */
export const RECONNECT_GRACE_MS = 15_000;

/** A live view of the set at `path`; the path is made where it is absent, so that it can be watched. */
export function watchServerSet(hub: Hub, path: string, graceMs: number, log: DiscoveryLog): ServerSet {
  const listeners = new Set<(members: readonly Member[]) => void>();
  const waiting = new Set<() => void>();
  let view: ViewState = emptyView;
  let nodes: readonly Member[] = [];
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    const before = view;
    view = found(view, nodes, Date.now());
    clearTimeout(timer);
    if (view.doubtUntil !== null) timer = setTimeout(settle, Math.max(1, view.doubtUntil - Date.now()));
    if (!before.read) for (const wake of [...waiting]) wake();
    if (view.members === before.members) return;
    log.info({ path, members: view.members.length }, 'discovery: members changed');
    for (const listener of [...listeners]) listener(view.members);
  };
  // The client knows a watcher by identity, so one function per view is registered once, however often it is re-armed.
  const poke = (): void => reconciler.poke();
  const reconciler = makeReconciler(
    `watch ${path}`,
    () => hub.connected(),
    async () => {
      nodes = await readMembers(hub, path, poke);
      settle();
    },
    log,
  );
  const forget = hub.onConnected(() => {
    view = reconnected(view, Date.now(), graceMs);
    poke();
  });
  poke();

  return {
    path,
    members: () => view.members,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ready: (timeoutMs) =>
      view.read ? Promise.resolve() : wakeOrFail(waiting, timeoutMs, `${path} was not read from ZooKeeper`),
    close: () => {
      forget();
      reconciler.stop();
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

async function readMembers(hub: Hub, path: string, watcher: () => void): Promise<Member[]> {
  const zk = hub.zk();
  let names = await unless('no-node', zk.children(path, watcher), null);
  if (names === null) {
    await zk.makeParents(path);
    names = await zk.children(path, watcher);
  }
  const read = names.filter(isMemberName).map(async (name) => {
    const node = await unless('no-node', zk.read(`${path}/${name}`, watcher), null);
    return node === null ? null : decodeMember(name, node.text);
  });
  return (await Promise.all(read)).filter((member) => member !== null);
}

/** Resolves when somebody calls what it puts into `waiting`; rejects after `timeoutMs`. */
export function wakeOrFail(waiting: Set<() => void>, timeoutMs: number, failure: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      clearTimeout(timer);
      waiting.delete(wake);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(wake);
      reject(new Error(`${failure} within ${timeoutMs} ms`));
    }, timeoutMs);
    waiting.add(wake);
  });
}
