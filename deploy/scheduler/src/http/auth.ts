import {
  readAuthorization,
  type AuthRules,
  type AuthUser,
  type Identity,
  type Presented,
} from './auth-core.js';
import { Refused } from './refused.js';
import { equalTexts, secretNamer, sha256Hex, verifyPassword } from './secrets.js';
import { Throttle } from './throttle-core.js';

/** How requests are judged. */
export interface Auth {
  /** The rules of now: a file may change while the process runs. */
  rules(): AuthRules;
  /** Reads the file now. A file that cannot be used leaves the old rules. */
  reload(): Promise<void>;
  close(): void;
}

/** Passwords that are hashed at a time: log-ins leave cores for the rest. */
const HASHES_AT_ONCE = 2;
/** Log-ins that wait for their turn or because of failures before; more are sent away. */
export const WAITING_MAX = 256;
/** Those of one address: it shall not take all the places. */
export const WAITING_PER_ADDRESS_MAX = 32;
/** A password that was right is known for so long, ms: Basic sends it with every request. */
const REMEMBER_MS = 60_000;
const REMEMBERED_MAX = 1_000;

export interface Authenticator {
  /** Who presents this Authorization header. Failures of an address slow its next attempts down. */
  identify(header: string | undefined, address: string): Promise<Identity>;
}

export function createAuthenticator(auth: Auth, now: () => number, onFailure: () => void): Authenticator {
  const throttle = new Throttle();
  const remembered = rememberer(now);
  const inTurn = turns(HASHES_AT_ONCE);
  const waiting = waitingRoom();

  const passwordFits = async (user: AuthUser | null, name: string, password: string): Promise<boolean> => {
    const stored = user?.passwordScrypt ?? null;
    if (stored !== null && remembered.has(name, stored, password)) return true;
    const fits = await inTurn(() => verifyPassword(password, stored));
    if (fits && stored !== null) remembered.add(name, stored, password);
    return fits;
  };
  const find = async (presented: Presented): Promise<AuthUser | null> => {
    const { users } = auth.rules();
    if (presented.kind === 'token') {
      const hash = sha256Hex(presented.token);
      // Every user is looked at, whichever it is.
      return users.reduce<AuthUser | null>((found, user) => {
        const fits = user.tokenSha256 !== null && equalTexts(user.tokenSha256, hash);
        return fits ? user : found;
      }, null);
    }
    if (presented.kind !== 'password') return null;
    const user = users.find(({ name }) => name === presented.user) ?? null;
    return (await passwordFits(user, presented.user, presented.password)) ? user : null;
  };

  return {
    identify: async (header, address) => {
      if (auth.rules().mode !== 'file') return { kind: 'none' };
      const presented = readAuthorization(header);
      if (presented.kind === 'none') return { kind: 'none' };
      const leave = waiting(address);
      try {
        await sleep(throttle.delayMs(address, now()));
        const user = await find(presented);
        if (user !== null) {
          throttle.succeeded(address);
          return { kind: 'user', user };
        }
      } finally {
        leave();
      }
      throttle.failed(address, now());
      onFailure();
      return { kind: 'wrong' };
    },
  };
}

/** Which passwords were right a moment ago; the names it keeps tell nothing of them. */
function rememberer(now: () => number) {
  const nameOf = secretNamer();
  const until = new Map<string, number>();
  return {
    has: (...secret: readonly string[]): boolean => (until.get(nameOf(...secret)) ?? 0) > now(),
    add: (...secret: readonly string[]): void => {
      const [oldest] = until.keys();
      if (until.size >= REMEMBERED_MAX && oldest !== undefined) until.delete(oldest);
      until.set(nameOf(...secret), now() + REMEMBER_MS);
    },
  };
}

/** A place for one of this address, and the way out; throws when there is none left. */
function waitingRoom(): (address: string) => () => void {
  const places = new Map<string, number>();
  let taken = 0;
  return (address) => {
    const own = places.get(address) ?? 0;
    if (taken >= WAITING_MAX || own >= WAITING_PER_ADDRESS_MAX)
      throw new Refused('not-ready', 'too many log-ins at once');
    taken++;
    places.set(address, own + 1);
    return () => {
      taken--;
      const left = (places.get(address) ?? 1) - 1;
      if (left === 0) places.delete(address);
      else places.set(address, left);
    };
  };
}

/** Runs at most so many at a time, in order. The number of those who wait is bounded by the caller. */
function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((go) => queue.push(go));
    else running++;
    try {
      return await work();
    } finally {
      // The turn is handed on, not given back: nobody can jump the queue.
      const next = queue.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

function sleep(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
