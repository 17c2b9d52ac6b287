import { announceMember } from './announcement.js';
import { openHub, type Stoppable } from './hub.js';
import { leaseNumber } from './lease.js';
import { RECONNECT_GRACE_MS, watchServerSet } from './watch.js';
import type { Announcement, Discovery, DiscoveryOptions, NumberLease, ServerSet } from './types.js';

/**
 * Opens a ZooKeeper session that lasts as long as the process: ZooKeeper may be away now or later, and everything asked
 * for is done when it is there. `close` ends the session, which withdraws all announcements and leases at once.
 */
export function connectDiscovery(options: DiscoveryOptions): Discovery {
  const hub = openHub(options);
  const { log, reconnectGraceMs = RECONNECT_GRACE_MS } = options;
  const sets = new Set<ServerSet>();
  const rest = new Set<Stoppable<Announcement> | Stoppable<NumberLease>>();
  return {
    watch: (path) => {
      const set = watchServerSet(hub, checkedPath(path), reconnectGraceMs, log);
      sets.add(set);
      const close = (): void => {
        sets.delete(set);
        set.close();
      };
      return { ...set, close };
    },
    announce: (path, member) => {
      const announcement = announceMember(hub, checkedPath(path), member, log, () =>
        rest.delete(announcement),
      );
      rest.add(announcement);
      return announcement;
    },
    lease: (path, max) => {
      const lease = leaseNumber(hub, checkedPath(path), max, log, () => rest.delete(lease));
      rest.add(lease);
      return lease;
    },
    connected: () => hub.connected(),
    close: async () => {
      for (const set of [...sets]) set.close();
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
