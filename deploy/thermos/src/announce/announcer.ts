import { connectDiscovery, type Announcement, type Discovery } from '@murmur/discovery';
import type { Log } from '@murmur/service';
import type { LaunchPlan } from '../executor/launch-core.js';

export interface AnnouncerOptions {
  /** `host:port[,host:port...]` */
  readonly zk: string;
  readonly sessionTimeoutMs: number;
  readonly log: Log;
}

export interface Announcer {
  /** Removes the member; resolves once that is done, or after two seconds when ZooKeeper is away. */
  withdraw(): Promise<void>;
  /** Ends the session: whatever is left of it in ZooKeeper goes too. */
  close(): Promise<void>;
}

/**
 * Writes the ServerSet member, and again after a lost session. A ZooKeeper that is away is waited for, and fails no task: a
 * coordinator's outage is not to become everybody's.
 */
export function startAnnouncer(
  plan: NonNullable<LaunchPlan['announce']>,
  options: AnnouncerOptions,
): Announcer {
  const { zk, sessionTimeoutMs, log } = options;
  const discovery: Discovery = connectDiscovery({ zk, sessionTimeoutMs, log });
  const announcement: Announcement = discovery.announce(plan.path, plan.member);
  log.info({ path: plan.path, endpoint: plan.member.serviceEndpoint }, 'announcing');
  return {
    withdraw: async () => {
      await announcement.withdraw();
      log.info({ path: plan.path }, 'withdrawn');
    },
    close: () => discovery.close(),
  };
}
