import zookeeper, { type Client, type State } from 'node-zookeeper-client';
import {
  closeClient,
  forgetConnection,
  noSocketOnceOver,
  silenceWatch,
  type Connection,
} from './connection.js';

/** How ZooKeeper refused, as far as callers tell the cases apart. `unsure`: it may or may not have been done. */
export type ZkFailure = 'no-node' | 'node-exists' | 'unsure' | 'other';

export class ZkError extends Error {
  readonly failure: ZkFailure;

  constructor(failure: ZkFailure, message: string) {
    super(`zookeeper: ${message}`);
    this.failure = failure;
  }
}

export interface ZkNode {
  readonly text: string;
  /** Owned by the present session. */
  readonly mine: boolean;
}

/** One ZooKeeper session of node-zookeeper-client, with promises, bounds and a watchdog. */
export interface ZkSession {
  readonly connected: () => boolean;
  /** When the newest answered request was sent, ms. */
  readonly heardAt: () => number;
  readonly timeoutMs: () => number;
  children(path: string, watcher?: () => void): Promise<string[]>;
  read(path: string, watcher?: () => void): Promise<ZkNode>;
  exists(path: string): Promise<boolean>;
  /** Resolves with the path that was made. */
  createEphemeral(path: string, text: string, sequential: boolean): Promise<string>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeParents(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface ZkSessionOptions {
  readonly zk: string;
  readonly sessionTimeoutMs: number;
  /** `user:password` of the digest scheme. */
  readonly auth?: string;
  readonly onConnected: () => void;
  readonly onDisconnected: () => void;
  readonly onExpired: () => void;
}

/** Heartbeats are frequent, so that an outage eats little more than its own length from a lease. */
const HEARTBEATS_PER_SESSION = 15;
/** At least so often, ms. */
const HEARTBEAT_MS_MAX = 1_000;
/** After a third of the session without an answer the connection is taken for dead and made anew. */
const SILENCE_SHARE = 3;
/** Upper bound of the pause between attempts to connect, ms; short, for a session must be resumed in time. */
const SPIN_DELAY_MS = 500;
/** ZooKeeper's usual lists, which the client's types leave out. */
type StandardAcls = Readonly<
  Record<'CREATOR_ALL_ACL' | 'OPEN_ACL_UNSAFE' | 'READ_ACL_UNSAFE', zookeeper.ACL[]>
>;

/** The client gives undefined for success here and there. */
type Failure = Error | zookeeper.Exception | null | undefined;
type Callback<T> = (error: Failure, value: T) => void;

export function openSession(options: ZkSessionOptions): ZkSession {
  const client = zookeeper.createClient(options.zk, {
    sessionTimeout: options.sessionTimeoutMs,
    spinDelay: SPIN_DELAY_MS,
    retries: 0,
  });
  const { connectionManager } = client as unknown as { connectionManager: Connection };
  let connected = false;
  let heardAt = 0;
  let over = false;

  const call = caller(
    client,
    () => connected,
    (sentAt) => (heardAt = Math.max(heardAt, sentAt)),
  );
  const dropSilent = silenceWatch(connectionManager, () => client.getSessionTimeout() / SILENCE_SHARE);
  const heartbeat = setInterval(
    () => {
      dropSilent(connected ? heardAt : null, Date.now());
      if (connected)
        call<unknown>((done) => {
          client.exists('/', done);
        }).catch(() => undefined);
    },
    Math.min(HEARTBEAT_MS_MAX, Math.max(1, Math.floor(options.sessionTimeoutMs / HEARTBEATS_PER_SESSION))),
  );
  const finish = (): void => {
    over = true;
    connected = false;
    clearInterval(heartbeat);
  };

  client.on('state', (state: State) => {
    if (over) return;
    if (state === zookeeper.State.SYNC_CONNECTED) {
      connected = true;
      heardAt = Date.now();
      options.onConnected();
    } else if (state === zookeeper.State.EXPIRED) {
      finish();
      options.onExpired();
    } else if (connected) {
      connected = false;
      forgetConnection(connectionManager);
      options.onDisconnected();
    }
  });
  if (options.auth !== undefined) client.addAuthInfo('digest', Buffer.from(options.auth));
  noSocketOnceOver(connectionManager, () => over);
  client.connect();

  return {
    connected: () => connected,
    heardAt: () => heardAt,
    timeoutMs: () => client.getSessionTimeout(),
    ...operations(client, call, options.auth !== undefined),
    close: async () => {
      if (over) return;
      const wasConnected = connected;
      finish();
      await closeClient(client, connectionManager, wasConnected);
    },
  };
}

type Call = <T>(start: (done: Callback<T>) => void) => Promise<T>;

/** Makes promises of callbacks: refused while not connected (the client would queue without bound), and bounded in time. */
function caller(client: Client, connected: () => boolean, heard: (sentAt: number) => void): Call {
  return (start) =>
    new Promise((resolve, reject) => {
      if (!connected()) {
        reject(new ZkError('other', 'not connected'));
        return;
      }
      const sentAt = Date.now();
      const timer = setTimeout(
        () => reject(new ZkError('unsure', 'no answer in time')),
        client.getSessionTimeout(),
      );
      start((error, value) => {
        clearTimeout(timer);
        const failure = failureOf(error);
        if (failure === null || isAnswer(failure)) heard(sentAt);
        if (failure === null) resolve(value);
        else reject(failure);
      });
    });
}

type Operations = Omit<ZkSession, 'connected' | 'heardAt' | 'timeoutMs' | 'close'>;

function operations(client: Client, call: Call, owned: boolean): Operations {
  const { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } = zookeeper.ACL as unknown as StandardAcls;
  const acls = owned ? [...CREATOR_ALL_ACL, ...READ_ACL_UNSAFE] : OPEN_ACL_UNSAFE;
  return {
    children: (path, watcher) =>
      call((done) => {
        if (watcher === undefined) client.getChildren(path, done);
        else client.getChildren(path, watcher, done);
      }),
    read: (path, watcher) =>
      call((done) => {
        const answer = (error: Failure, data: Buffer, stat: zookeeper.Stat): void => {
          if (error) done(error, { text: '', mine: false });
          else done(null, { text: toText(data), mine: stat.ephemeralOwner.equals(client.getSessionId()) });
        };
        if (watcher === undefined) client.getData(path, answer);
        else client.getData(path, watcher, answer);
      }),
    exists: async (path) =>
      (await call<unknown>((done) => {
        client.exists(path, done);
      })) !== null,
    createEphemeral: (path, text, sequential) => {
      const mode = sequential ? zookeeper.CreateMode.EPHEMERAL_SEQUENTIAL : zookeeper.CreateMode.EPHEMERAL;
      return call((done) => {
        client.create(path, Buffer.from(text), acls, mode, done);
      });
    },
    write: async (path, text) => {
      await call<unknown>((done) => {
        client.setData(path, Buffer.from(text), done);
      });
    },
    remove: async (path) => {
      await call<undefined>((done) => {
        client.remove(path, (error) => {
          done(error, undefined);
        });
      });
    },
    makeParents: async (path) => {
      await call<unknown>((done) => {
        client.mkdirp(path, acls, done);
      });
    },
  };
}

/** An empty node comes as undefined, whatever the types say. */
function toText(data: Buffer | undefined): string {
  return data?.toString('utf8') ?? '';
}

/** These two can only have come from ZooKeeper; others the client makes up itself. */
function isAnswer(error: ZkError): boolean {
  return error.failure === 'no-node' || error.failure === 'node-exists';
}

function failureOf(error: Failure): ZkError | null {
  if (!error) return null;
  const code = 'getCode' in error ? error.getCode() : null;
  const message = 'getName' in error ? error.getName() : error.message;
  if (code === zookeeper.Exception.NO_NODE) return new ZkError('no-node', message);
  if (code === zookeeper.Exception.NODE_EXISTS) return new ZkError('node-exists', message);
  if (code === zookeeper.Exception.CONNECTION_LOSS) return new ZkError('unsure', message);
  return new ZkError('other', message);
}
