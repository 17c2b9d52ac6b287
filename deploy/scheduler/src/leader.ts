import { connectDiscovery, type Announcement, type Discovery, type ZkUrl } from '@murmur/discovery';
import type { Log } from '@murmur/service';

/** Exit code of a scheduler that led and lost: a fresh process contends again. */
export const EXIT_LOST_LEADERSHIP = 3;
/** Aurora's older releases called their candidates so. */
const LABEL = 'singleton_candidate';

export interface Leading {
  leads(): boolean;
  /** `http://host:port` of the leader, as far as is known here. */
  leaderUrl(): string | null;
  /** Tells the world, by a ServerSet with this one member: it leads, and the engine has taken it. */
  announce(): void;
  close(): Promise<void>;
}

export interface LeadingOptions {
  /** null: it is alone, and leads at once. */
  readonly zk: ZkUrl | null;
  readonly sessionTimeoutMs: number;
  readonly serversetPath: string;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /** At most once. */
  readonly onElected: () => void;
  /** It led and may not any more: exit, at once. Only after `onElected`. */
  readonly onLost: () => void;
}

/**
 * Contends for leadership. While ZooKeeper is away nothing changes, for nine tenths of the session's time-out; after that another
 * one may lead, so this one has lost.
 */
export function contend(options: LeadingOptions): Leading {
  const { zk, host, port, log } = options;
  const url = `http://${host}:${String(port)}`;
  if (zk === null) {
    setImmediate(options.onElected);
    return {
      leads: () => true,
      leaderUrl: () => url,
      announce: () => undefined,
      close: () => Promise.resolve(),
    };
  }
  const discovery = connectDiscovery({
    zk: zk.servers,
    sessionTimeoutMs: options.sessionTimeoutMs,
    log,
    ...(zk.auth === null ? {} : { auth: zk.auth }),
  });
  const watch = discovery.watchLeader(zk.path, (label, text) => (label === LABEL ? text : null));
  const contender = discovery.elect(zk.path, { label: LABEL, text: url });
  contender.onChange((state) => {
    if (state === 'leader') options.onElected();
    else if (state === 'lost') options.onLost();
  });
  let announcement: Announcement | null = null;
  return {
    leads: () => contender.state() === 'leader',
    leaderUrl: () => (contender.state() === 'leader' ? url : watch.leader()),
    announce: () => {
      announcement ??= announceLeader(discovery, options);
    },
    close: async () => {
      watch.close();
      await announcement?.withdraw();
      await contender.resign();
      await discovery.close();
    },
  };
}

function announceLeader(discovery: Discovery, { serversetPath, host, port }: LeadingOptions): Announcement {
  const endpoint = { host, port };
  return discovery.announce(serversetPath, {
    serviceEndpoint: endpoint,
    additionalEndpoints: { http: endpoint },
    status: 'ALIVE',
    shard: null,
  });
}
