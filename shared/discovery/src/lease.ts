import { randomUUID } from 'node:crypto';
import { ANNOUNCE_WAIT_MS } from './announcement.js';
import { unless, type Hub, type Stoppable } from './hub.js';
import { lowestFree, usableNumber, type Held } from './lease-core.js';
import { makeReconciler } from './reconciler.js';
import { wakeOrFail } from './watch.js';
import type { DiscoveryLog, NumberLease } from './types.js';

/** How often a number is looked for while all are taken, ms. */
const NONE_FREE_RETRY_MS = 1_000;

/** Leases the lowest free number of 0..max below `path`, and another after the session was lost. */
export function leaseNumber(
  hub: Hub,
  path: string,
  max: number,
  log: DiscoveryLog,
  onOver: () => void,
): Stoppable<NumberLease> {
  const waiting = new Set<() => void>();
  /** In the node, so that a create whose answer was lost is known again, and told from other leases of this session. */
  const token = randomUUID();
  let held: Held | null = null;
  let released = false;
  let timer: NodeJS.Timeout | undefined;

  const current = (): number | null => (released ? null : usableNumber(held, hub.view(), Date.now()));
  const acquire = async (session: number): Promise<void> => {
    held = null;
    const number = await take(hub, path, max, token);
    if (number === null) {
      log.warn({ path, max }, 'discovery: no number is free');
      timer = setTimeout(() => reconciler.poke(), NONE_FREE_RETRY_MS);
    } else {
      held = { number, session };
      log.info({ path, number }, 'discovery: number leased');
    }
  };
  const work = async (): Promise<void> => {
    const { session } = hub.view();
    const stillHeld = held?.session === session && (await isMine(hub, path, held.number, token));
    if (released) {
      if (held !== null && stillHeld)
        await unless('no-node', hub.zk().remove(`${path}/${held.number}`), undefined);
      stop();
    } else if (!stillHeld) {
      await acquire(session);
    }
    if (held !== null) for (const wake of [...waiting]) wake();
  };
  const reconciler = makeReconciler(`lease ${path}`, () => hub.connected(), work, log);
  const forget = hub.onConnected(() => reconciler.poke());
  const stop = (): void => {
    released = true;
    clearTimeout(timer);
    forget();
    reconciler.stop();
    onOver();
    for (const wake of [...waiting]) wake();
  };
  reconciler.poke();

  return {
    current,
    acquired: (timeoutMs) => {
      const failure = `no number of 0..${max} in ${path} was leased`;
      return untilNumber(
        current,
        () => released,
        (leftMs) => wakeOrFail(waiting, leftMs, failure),
        timeoutMs,
      );
    },
    release: async () => {
      if (released) return;
      released = true;
      const done = wakeOrFail(waiting, ANNOUNCE_WAIT_MS, 'not released').catch(() => undefined);
      reconciler.poke();
      await done;
      stop();
    },
    stop,
  };
}

async function untilNumber(
  current: () => number | null,
  released: () => boolean,
  change: (timeoutMs: number) => Promise<void>,
  timeoutMs: number,
): Promise<number> {
  const deadline = Date.now() + timeoutMs;
  for (let number = current(); ; number = current()) {
    if (number !== null) return number;
    if (released()) throw new Error('the lease was released');
    await change(Math.max(0, deadline - Date.now()));
  }
}

/** Makes the node of the lowest free number; one of ours from a create whose answer was lost is taken up again. */
async function take(hub: Hub, path: string, max: number, token: string): Promise<number | null> {
  await hub.zk().makeParents(path);
  const taken = await hub.zk().children(path);
  for (const name of taken)
    if (isNumber(name, max) && (await isMine(hub, path, Number(name), token))) return Number(name);
  for (let n = lowestFree(taken, max); n !== null; n = lowestFree(taken, max)) {
    const made = await unless<string | null>(
      'node-exists',
      hub.zk().createEphemeral(`${path}/${n}`, token, false),
      null,
    );
    if (made !== null) return n;
    taken.push(String(n));
  }
  return null;
}

function isNumber(name: string, max: number): boolean {
  return /^\d+$/.test(name) && Number(name) <= max;
}

async function isMine(hub: Hub, path: string, number: number, token: string): Promise<boolean> {
  const node = await unless('no-node', hub.zk().read(`${path}/${number}`), null);
  return node?.mine === true && node.text === token;
}
