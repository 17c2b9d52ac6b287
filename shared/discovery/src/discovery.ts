import { announceMember } from './announcement.js';
import { contend } from './election.js';
import { openHub, type Stoppable } from './hub.js';
import { watchElection } from './leader.js';
import { leaseNumber } from './lease.js';
import { RECONNECT_GRACE_MS, watchServerSet } from './watch.js';
import type { Announcement, Contender, Discovery, DiscoveryOptions, NumberLease } from './types.js';

/**
 * Opens a ZooKeeper session that lasts as long as the process: ZooKeeper may be away now or later, and everything asked
 * for is done when it is there. `close` ends the session, which withdraws all announcements and leases at once.
 */
export function connectDiscovery(options: DiscoveryOptions): Discovery {
  const hub = openHub(options);
  const { log, reconnectGraceMs = RECONNECT_GRACE_MS } = options;
  const views = new Set<{ close(): void }>();
  const rest = new Set<Stoppable<Announcement> | Stoppable<NumberLease> | Stoppable<Contender>>();
  const kept = <V extends { close(): void }>(view: V): V => {
    views.add(view);
    const close = (): void => {
      views.delete(view);
      view.close();
    };
    return { ...view, close };
  };
  return {
    watch: (path) => kept(watchServerSet(hub, checkedPath(path), reconnectGraceMs, log)),
    watchLeader: (path, decode) => kept(watchElection(hub, checkedPath(path), decode, log)),
    announce: (path, member, { beforeWrite = () => Promise.resolve() } = {}) => {
      const over = (): boolean => rest.delete(announcement);
      const announcement = announceMember(hub, checkedPath(path), member, { log, over, beforeWrite });
      rest.add(announcement);
      return announcement;
    },
    lease: (path, max) => {
      const lease = leaseNumber(hub, checkedPath(path), max, log, () => rest.delete(lease));
      rest.add(lease);
      return lease;
    },
    elect: (path, entry) => {
      const contender = contend(hub, checkedPath(path), entry, log, () => rest.delete(contender));
      rest.add(contender);
      return contender;
    },
    connected: () => hub.connected(),
    close: async () => {
      for (const view of [...views]) view.close();
      for (const each of [...rest]) each.stop();
      await hub.close();
    },
  };
}

function checkedPath(path: string): string {
  if (/^(\/[^/]+)+$/.test(path)) return path;
  throw new Error(
    `discovery: path is "${path}", allowed is /a/b without an empty part and without a slash at the end`,
  );
}
