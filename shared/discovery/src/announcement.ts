import { encodeMember, isMemberName, MEMBER_PREFIX } from './codec.js';
import { unless, type Hub, type Stoppable } from './hub.js';
import { makeReconciler } from './reconciler.js';
import { wakeOrFail } from './watch.js';
import type { AnnounceOptions, Announcement, DiscoveryLog, NewMember } from './types.js';

/** `update` and `withdraw` wait this long for ZooKeeper, ms; what they asked for is done later if it was away. */
export const ANNOUNCE_WAIT_MS = 2_000;

interface Written {
  readonly node: string;
  readonly text: string;
  readonly session: number;
}

interface Around extends Required<AnnounceOptions> {
  readonly log: DiscoveryLog;
  /** Called when nothing more will be done. */
  readonly over: () => void;
}

/** Writes an ephemeral sequential member below `path`, and again after a lost session, until withdrawn or stopped. */
export function announceMember(
  hub: Hub,
  path: string,
  member: NewMember,
  { log, over, beforeWrite }: Around,
): Stoppable<Announcement> {
  const waiting = new Set<() => void>();
  let wanted: string | null = encodeMember(member);
  let written: Written | null = null;
  /** A create whose answer was lost may have left a node with this text. */
  let unsure: Written | null = null;

  const write = async (text: string): Promise<void> => {
    await beforeWrite();
    // It may have taken long: what is wanted, and the session, are those of now.
    if (wanted !== text) return;
    const { session } = hub.view();
    await hub.zk().makeParents(path);
    unsure = { node: path, text, session };
    const node = await hub.zk().createEphemeral(`${path}/${MEMBER_PREFIX}`, text, true);
    unsure = null;
    written = { node, text, session };
  };
  const work = async (): Promise<void> => {
    const { session } = hub.view();
    if (written?.session !== session) written = null;
    if (unsure?.session === session) await removeOwn(hub, path, unsure.text, isMemberName);
    unsure = null;
    const text = wanted;
    if (text === null) {
      if (written !== null) await unless('no-node', hub.zk().remove(written.node), undefined);
      written = null;
      stop();
    } else if (written === null || !(await keep(hub, written, text))) {
      await write(text);
    } else {
      written = { ...written, text };
    }
    if (text === wanted) for (const wake of [...waiting]) wake();
  };
  const reconciler = makeReconciler(`announce ${path}`, () => hub.connected(), work, log);
  const forget = hub.onConnected(() => reconciler.poke());
  const stop = (): void => {
    forget();
    reconciler.stop();
    over();
  };
  reconciler.poke();

  const settled = async (): Promise<void> => {
    const done = wakeOrFail(waiting, ANNOUNCE_WAIT_MS, 'not written').catch(() => undefined);
    reconciler.poke();
    await done;
  };
  return {
    update: async (next) => {
      if (wanted === null) throw new Error(`announcement in ${path}: update after withdraw`);
      wanted = encodeMember(next);
      await settled();
    },
    // While ZooKeeper is away it goes on trying afterwards, until the discovery is closed.
    withdraw: async () => {
      if (wanted === null) return;
      wanted = null;
      await settled();
    },
    stop,
  };
}

/** True when the node is still there, with the text. */
async function keep(hub: Hub, written: Written, text: string): Promise<boolean> {
  if (written.text === text) return hub.zk().exists(written.node);
  const update = hub.zk().write(written.node, text);
  return unless(
    'no-node',
    update.then(() => true),
    false,
  );
}

/** Removes what this session left at `path` by creates whose answer was lost: the nodes of that kind with that text. */
export async function removeOwn(
  hub: Hub,
  path: string,
  text: string,
  isKind: (name: string) => boolean,
): Promise<void> {
  const names = await unless('no-node', hub.zk().children(path), []);
  for (const name of names.filter(isKind)) {
    const node = await unless('no-node', hub.zk().read(`${path}/${name}`), null);
    if (node?.mine === true && node.text === text)
      await unless('no-node', hub.zk().remove(`${path}/${name}`), undefined);
  }
}
