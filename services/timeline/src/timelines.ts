/** The timelines: which source, which filter, and what is said when MySQL is away. */
import type { Cursor, HomeSince, Id, Status } from '@murmur/model';
import { ApiError } from '@murmur/public-api';
import type { PageRange } from '@murmur/store';
import { homeSource, type HomeDeps } from './home.js';
import type { TimelineMetrics, TimelineName } from './metrics.js';
import { readPage, type Page } from './page.js';
import { accountSource, publicSource, type PostsDeps } from './posts.js';
import { rowReader, type Rendered, type Rows } from './rendered.js';
import { isReply } from './visibility-core.js';
import type { TimelineSource } from './walk.js';

export interface TimelinesDeps extends HomeDeps, PostsDeps {
  readonly store: HomeDeps['store'] & PostsDeps['store'];
  readonly rows: Rows;
  readonly metrics: Pick<TimelineMetrics, 'read' | 'dropped'>;
  /** Unix ms. */
  readonly now: () => number;
}

export interface AccountFilter {
  readonly excludeReplies: boolean;
  readonly viewer: Id | null;
}

/** Pages as the pagination contract has them. Each throws `unavailable` when nothing at all is known. */
export interface Timelines {
  home(account: Id, range: PageRange): Promise<Page<Rendered>>;
  account(author: Id, filter: AccountFilter, range: PageRange): Promise<Page<Rendered>>;
  public(range: PageRange): Promise<Page<Rendered>>;
  /** What a stream that comes back has not seen: at most `limit` of the newest. */
  since(account: Id, cursor: Cursor, limit: number): Promise<HomeSince>;
}

export function timelines(deps: TimelinesDeps): Timelines {
  const page = (
    name: TimelineName,
    range: PageRange,
    source: () => Promise<TimelineSource>,
    keep: (status: Status) => boolean,
  ) => measured(deps, name, () => knownPage(deps, source, range, keep));
  return {
    home: async (account, range) =>
      (
        await page(
          'home',
          range,
          () => homeSource(deps, account),
          () => true,
        )
      ).page,
    public: async (range) =>
      (
        await page(
          'public',
          range,
          () => publicSource(deps),
          (s) => s.visibility === 'public',
        )
      ).page,
    account: async (author, { viewer, excludeReplies }, range) => {
      const includePrivate = viewer !== null && (viewer === author || (await follows(deps, viewer, author)));
      const keep = (status: Status): boolean =>
        (includePrivate || status.visibility !== 'private') && !(excludeReplies && isReply(status));
      const source = () => accountSource(deps, author, { excludeReplies, includePrivate });
      return (await page('account', range, source, keep)).page;
    },
    since: async (account, cursor, limit) => {
      const seen = new Set(cursor.seen);
      const range = { limit: limit + 1, maxId: null, sinceId: cursor.floor, minId: null };
      const unseen = (status: Status): boolean => !seen.has(status.id);
      const known = await measured(deps, 'since', () =>
        readKnown(deps, () => homeSource(deps, account), range, unseen),
      );
      return sinceOf(known, limit);
    },
  };
}

/** False also while nobody knows: what is private stays so. */
async function follows({ vectors }: Pick<HomeDeps, 'vectors'>, viewer: Id, author: Id): Promise<boolean> {
  return (await vectors.following(viewer))?.includes(author) ?? false;
}

interface Known {
  readonly page: Page<Rendered>;
  /** Something is missing because MySQL is away. */
  readonly short: boolean;
}

async function readKnown(
  deps: TimelinesDeps,
  source: () => Promise<TimelineSource>,
  range: PageRange,
  keep: (status: Status) => boolean,
): Promise<Known> {
  const rows = rowReader(deps, keep);
  const page = await readPage(await source(), range, rows.read);
  return { page, short: page.outlook === 'lost' || rows.gaps() };
}

/** An empty page would say that there is nothing, when in truth nobody knows. */
async function knownPage(...args: Parameters<typeof readKnown>): Promise<Known> {
  const known = await readKnown(...args);
  if (known.short && known.page.items.length === 0) throw new ApiError('unavailable');
  return known;
}

async function measured(
  { metrics, now }: Pick<TimelinesDeps, 'metrics' | 'now'>,
  name: TimelineName,
  read: () => Promise<Known>,
): Promise<Known> {
  const startedMs = now();
  const seconds = (): number => (now() - startedMs) / 1000;
  try {
    const known = await read();
    metrics.read(name, known.short ? 'short' : 'ok', seconds());
    return known;
  } catch (error) {
    metrics.read(name, 'unavailable', seconds());
    throw error;
  }
}

function sinceOf({ page, short }: Known, limit: number): HomeSince {
  const items = page.items.slice(0, limit).map(({ item }) => item);
  const complete = !short && page.outlook === 'end' && page.items.length <= limit;
  return {
    statuses: [...items].reverse(),
    complete,
    gapBelow: complete ? null : (items.at(-1)?.status.id ?? null),
  };
}
