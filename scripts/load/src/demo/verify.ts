/** Reads back what should be everywhere, as a client would: page by page along `Link`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure, each, type Api } from './api.js';
import type { Person, Progress } from './setup.js';
import { addChecks, NO_CHECK, type Check, type Tally } from './tally-core.js';

const WIDTH = 16;
const PAGE = 40;
/** Pages of one timeline; a timeline that never ends would otherwise be read for ever. */
const PAGES_MAX = 2_000;
/** A timeline that is not whole yet is read again, so often and so far apart. */
const READS_MAX = 3;
const READ_AGAIN_MS = 2_000;

export interface Verified {
  readonly check: Check;
  /** Timelines that could not be read at all. */
  readonly unread: number;
}

export function verifyHomes(
  api: Api,
  people: readonly Person[],
  sample: readonly number[],
  tally: Tally,
  progress: Progress,
): Promise<Verified> {
  const wanted = (ids: readonly string[], reader: number): Check => tally.home(reader, ids);
  return verify(
    api,
    sample,
    (reader) => ({ path: '/api/v1/timelines/home', token: people[reader]?.token ?? '' }),
    wanted,
    (done, of) => progress('reading home timelines', done, of),
  );
}

export function verifyAuthors(
  api: Api,
  people: readonly Person[],
  tally: Tally,
  progress: Progress,
): Promise<Verified> {
  const wanted = (ids: readonly string[], author: number): Check => tally.authorTimeline(author, ids);
  const timeline = (author: number): Timeline => {
    const person = people[author];
    return { path: `/api/v1/accounts/${person?.id ?? ''}/statuses`, token: person?.token ?? '' };
  };
  return verify(api, tally.authors(), timeline, wanted, (done, of) =>
    progress("reading authors' timelines", done, of),
  );
}

interface Timeline {
  readonly path: string;
  readonly token: string;
}

async function verify(
  api: Api,
  accounts: readonly number[],
  timelineOf: (account: number) => Timeline,
  checkOf: (ids: readonly string[], account: number) => Check,
  progress: (done: number, of: number) => void,
): Promise<Verified> {
  let check = NO_CHECK;
  let unread = 0;
  let done = 0;
  await each(accounts, WIDTH, async (account) => {
    try {
      const found = await settled(async () => checkOf(await allIds(api, timelineOf(account)), account));
      check = addChecks(check, found);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      unread += 1;
    }
    progress((done += 1), accounts.length);
  });
  return { check, unread };
}

async function settled(read: () => Promise<Check>): Promise<Check> {
  for (let reads = 1; ; reads++) {
    const check = await read();
    if (check.lost === 0 || reads === READS_MAX) return check;
    await sleep(READ_AGAIN_MS);
  }
}

async function allIds(api: Api, { path, token }: Timeline): Promise<string[]> {
  const ids: string[] = [];
  let next: string | null = `${path}?limit=${PAGE}`;
  for (let pages = 0; next !== null && pages < PAGES_MAX; pages++) {
    const result = await api.call('GET', next, { token });
    if (result.kind === 'failed') throw new ApiFailure(`GET ${path}: ${result.reason}`);
    ids.push(...idsOf(result.body));
    next = nextPage(result.headers['link'] ?? '');
  }
  return ids;
}

function idsOf(body: unknown): string[] {
  if (!Array.isArray(body)) throw new ApiFailure('a timeline is not a list');
  return body.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item ? String(item.id) : '',
  );
}

/** Path and query of `rel="next"`: the origin is known already. */
export function nextPage(link: string): string | null {
  const url = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  if (url === undefined || !URL.canParse(url)) return null;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
