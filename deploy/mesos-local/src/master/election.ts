import { connectDiscovery, type ZkUrl } from '@murmur/discovery';
import { encode, MasterInfo } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { textAnswer, type HttpAnswer } from '../http/answer.js';
import { MASTER_LABEL, readMasterInfo } from './identity-core.js';

/** Exit code of a master that led and lost: a fresh process contends again. */
export const EXIT_LOST_LEADERSHIP = 3;

export interface Election {
  leading(): boolean;
  /** Who leads as far as is known here. */
  leader(): MasterInfo | null;
  close(): Promise<void>;
}

export interface ElectionOptions {
  /** Null = alone: leads at once. */
  readonly zk: ZkUrl | null;
  readonly sessionTimeoutMs: number;
  readonly info: MasterInfo;
  readonly log: Log;
  readonly onElected: () => void;
  /** It led and does not any more: exit, at once. */
  readonly onLost: () => void;
}

/** Contends for leadership. `onElected` is called at most once, `onLost` only after it. */
export function startElection(options: ElectionOptions): Election {
  const { zk, info, log, onElected, onLost } = options;
  if (zk === null) {
    setImmediate(onElected);
    return { leading: () => true, leader: () => info, close: () => Promise.resolve() };
  }
  const discovery = connectDiscovery({
    zk: zk.servers,
    sessionTimeoutMs: options.sessionTimeoutMs,
    log,
    ...(zk.auth === null ? {} : { auth: zk.auth }),
  });
  const watch = discovery.watchLeader(zk.path, readMasterInfo);
  const contender = discovery.elect(zk.path, { label: MASTER_LABEL, text: encode(MasterInfo, info) });
  contender.onChange((state) => {
    if (state === 'leader') onElected();
    else if (state === 'lost') onLost();
  });
  return {
    leading: () => contender.state() === 'leader',
    leader: () => (contender.state() === 'leader' ? info : watch.leader()),
    close: async () => {
      await contender.resign();
      await discovery.close();
    },
  };
}

/** Where to go instead: `//host:port` and the request's path and query, protocol left to the client; 503 while nobody leads. */
export function redirectTo(leader: MasterInfo | null, url: string): HttpAnswer {
  if (leader === null) return textAnswer(503, 'No leader elected');
  const host = leader.hostname ?? leader.address?.hostname ?? leader.address?.ip ?? '';
  return { status: 307, headers: { location: `//${host}:${leader.port ?? 0}${url}` } };
}
