import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectDiscovery, type Announcement, type Discovery } from '@murmur/discovery';
import type { Log } from '@murmur/service';
import type { LaunchPlan } from '../executor/launch-core.js';
import { checkShell } from '../health/shell-check.js';

export interface AnnouncerOptions {
  /** `host:port[,host:port...]` */
  readonly zk: string;
  readonly sessionTimeoutMs: number;
  readonly sandbox: string;
  /** Null: who the executor is. */
  readonly user: string | null;
  readonly log: Log;
}

/**
 * A file that a task may leave in its sandbox. bash runs it there before every announcement, also after a lost session, and the task is
 * announced once it has exited with 0: a cache that others took for dead is emptied before they see it again.
 */
export const BEFORE_ANNOUNCE = '.before-announce';
/** It is retried, so it need not wait for long, ms. */
export const BEFORE_ANNOUNCE_TIMEOUT_MS = 10_000;

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
  const given = new AbortController();
  const announcement: Announcement = discovery.announce(plan.path, plan.member, {
    beforeWrite: () => beforeAnnounce(options, given.signal),
  });
  log.info({ path: plan.path, endpoint: plan.member.serviceEndpoint }, 'announcing');
  return {
    withdraw: async () => {
      given.abort();
      await announcement.withdraw();
      log.info({ path: plan.path }, 'withdrawn');
    },
    close: () => {
      given.abort();
      return discovery.close();
    },
  };
}

async function beforeAnnounce({ sandbox, user }: AnnouncerOptions, signal: AbortSignal): Promise<void> {
  if (!existsSync(join(sandbox, BEFORE_ANNOUNCE))) return;
  const result = await checkShell({
    command: `. ./${BEFORE_ANNOUNCE}`,
    sandbox,
    user,
    timeoutMs: BEFORE_ANNOUNCE_TIMEOUT_MS,
    signal,
  });
  if (!result.ok) throw new Error(`${BEFORE_ANNOUNCE}: ${result.reason}`);
}
