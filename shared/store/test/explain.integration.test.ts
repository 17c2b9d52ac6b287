import { createConnection, type Connection } from 'mysql2/promise';
import { startMariaDb, type MariaDbServer } from '@murmur/testkit';
import type { Id } from '@murmur/model';
import type { Query } from '../src/database.js';
import * as queries from '../src/queries/index.js';
import type { Store } from '../src/index.js';
import { deletion, newAccount, open, status, T0 } from './support.js';

const ACCOUNTS = 2_000;
const STATUSES = 20_000;
/** Rows one select of a query may have to look at; the tables have ten times as many. */
const ROWS_MAX = 2_000;
/** Of these a few rows exist, whatever the load. */
const SMALL_TABLES = new Set(['totals', 'schema_migrations']);

const page = { limit: 20, maxId: 15_000n, sinceId: null, minId: null };
const upward = { limit: 20, maxId: null, sinceId: null, minId: 3_000n };
const ids = Array.from({ length: 40 }, (_, i) => BigInt(i * 7 + 1));
const all = { excludeReplies: false, includePrivate: true };
const few = { excludeReplies: true, includePrivate: false };
const code = {
  codeSha256: 'c',
  appId: 1n,
  accountId: 1n,
  redirectUri: '',
  scopes: '',
  codeChallenge: null,
  expiresAtMs: T0,
};
const app = {
  id: 1n,
  clientId: 'a',
  clientSecretSha256: '',
  name: '',
  website: null,
  redirectUris: [],
  scopes: '',
  createdAtMs: T0,
};

/** At least one sample of every query there is; `null`: no plan to look at (locks, DDL). */
const SAMPLES: Record<keyof typeof queries, readonly Query[] | string | null> = {
  keyOf: 'no query',
  boundsOf: 'no query',
  PING: null,
  takeMigrationLock: null,
  RELEASE_MIGRATION_LOCK: null,
  CREATE_MIGRATIONS_TABLE: null,
  SELECT_MIGRATIONS: [queries.SELECT_MIGRATIONS],
  insertMigration: [queries.insertMigration(1, 'a', 'b')],
  insertAccount: [queries.insertAccount(newAccount(1))],
  selectAccounts: [queries.selectAccounts(ids)],
  selectAccountByUsername: [queries.selectAccountByUsername('user7')],
  selectCredentialsByUsername: [queries.selectCredentialsByUsername('user7')],
  selectCredentialsByEmail: [queries.selectCredentialsByEmail('user7@example.org')],
  selectAccountsAbove: [queries.selectAccountsAbove(100, 1_000)],
  lockAccounts: [queries.lockAccounts(ids)],
  updateAccountCounters: [
    queries.updateAccountCounters(ids.map((id) => ({ id, statuses: 1, lastStatusAtMs: T0 }))),
  ],
  addToTotal: [queries.addToTotal('statuses', 1)],
  selectTotals: [queries.selectTotals()],
  insertFollow: [queries.insertFollow(1n, 2n, T0)],
  deleteFollow: [queries.deleteFollow(1n, 2n)],
  updateFollowCounters: [queries.updateFollowCounters(1n, 2n, 1)],
  selectFollowers: [queries.selectFollowers(5n, 0n, 100)],
  selectFollowing: [queries.selectFollowing(5n, 0n, 100)],
  selectFollowedAmong: [queries.selectFollowedAmong(5n, ids)],
  selectFollowersAmong: [queries.selectFollowersAmong(5n, ids)],
  insertApp: [queries.insertApp(app)],
  selectAppByClientId: [queries.selectAppByClientId('client7')],
  selectAppById: [queries.selectAppById(7n)],
  insertCode: [queries.insertCode(code)],
  deleteCodesExpiredBefore: [queries.deleteCodesExpiredBefore(T0, 50)],
  lockCode: [queries.lockCode('code7')],
  deleteCode: [queries.deleteCode('code7')],
  insertToken: [
    queries.insertToken({ tokenSha256: 't', appId: 1n, accountId: null, scopes: '', createdAtMs: T0 }),
  ],
  selectToken: [queries.selectToken('token7')],
  deleteToken: [queries.deleteToken('token7', 1n)],
  selectStatuses: [queries.selectStatuses(ids)],
  lockStatuses: [queries.lockStatuses(ids)],
  insertStatuses: [queries.insertStatuses([status(1, 1), status(2, 1)])],
  insertTombstones: [queries.insertTombstones([deletion(1, 1)])],
  markDeleted: [queries.markDeleted(ids.map((id) => deletion(id, 1)))],
  updateReplyCounters: [queries.updateReplyCounters(ids.map((parentId) => ({ parentId, by: 1 })))],
  countRepliesOf: [queries.countRepliesOf(ids)],
  selectStatusesOfAuthor: [page, upward].flatMap((range) => [
    queries.selectStatusesOfAuthor(7n, range, all),
    queries.selectStatusesOfAuthor(7n, range, few),
  ]),
  selectPublicStatuses: [queries.selectPublicStatuses(page), queries.selectPublicStatuses(upward)],
  selectByAuthors: (['ASC', 'DESC'] as const).map((order) =>
    queries.selectByAuthors(ids, 0n, 15_000n, 40, order),
  ),
  selectReplies: [queries.selectReplies(ids, 40)],
};

interface Step {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly rows: string | number | null;
  readonly Extra: string | null;
}

/** Why a step of a plan is not fit for a large table, or null. */
function objection(step: Step): string | null {
  if (step.table === null || SMALL_TABLES.has(step.table) || step.table.startsWith('<')) return null;
  // An INSERT has one row without a plan.
  if (step.rows === null) return null;
  if (step.type === 'ALL') return 'reads the whole table';
  if (step.type === 'index') return 'reads a whole index';
  if (step.key === null) return 'uses no index';
  const isBounded = Number(step.rows) <= ROWS_MAX;
  if (/filesort|temporary/.test(step.Extra ?? '') && !isBounded) return 'sorts many rows';
  return null;
}

async function fill(store: Store): Promise<void> {
  for (let at = 1; at <= ACCOUNTS; at += 100)
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.createAccount(newAccount(at + i))));
  for (let at = 1; at <= STATUSES; at += 1_000)
    await store.writeStatuses({
      statuses: Array.from({ length: 1_000 }, (_, i) =>
        status(at + i, ((at + i) % 200) + 1, { inReplyToId: i % 4 === 0 ? BigInt((i % 50) + 1) : null }),
      ),
      deletes: [],
    });
}

async function fillFollows(connection: Connection): Promise<void> {
  const pairs: [Id, Id][] = [];
  for (let i = 1; i <= ACCOUNTS; i++)
    for (let j = 1; j <= 10; j++) pairs.push([BigInt(i), BigInt(((i * j) % 300) + 1)]);
  await connection.query('INSERT IGNORE INTO follows VALUES ?', [pairs.map(([a, b]) => [a, b, T0])]);
  const rows = Array.from({ length: 3_000 }, (_, i) => i);
  await connection.query('INSERT INTO oauth_tokens VALUES ?', [rows.map((i) => [`token${i}`, 1, i, '', T0])]);
  await connection.query('INSERT INTO oauth_codes VALUES ?', [
    rows.map((i) => [`code${i}`, 1, i, '', '', null, T0 + i]),
  ]);
  await connection.query('INSERT INTO oauth_apps VALUES ?', [
    rows.map((i) => [i, `client${i}`, '', '', null, '[]', '', T0]),
  ]);
  for (const table of ['accounts', 'follows', 'statuses', 'oauth_tokens', 'oauth_codes', 'oauth_apps'])
    await connection.query(`ANALYZE TABLE ${table}`);
}

describe('every query', () => {
  let server: MariaDbServer;
  let connection: Connection;

  beforeAll(async () => {
    server = await startMariaDb();
    const url = await server.createDatabase();
    const store = open(url);
    await store.migrate();
    await fill(store);
    await store.close();
    connection = await createConnection(url);
    await fillFollows(connection);
  }, 120_000);

  afterAll(async () => {
    await connection.end();
    await server.stop();
  });

  const planned = Object.entries(SAMPLES).flatMap(([name, samples]) =>
    Array.isArray(samples) ? samples.map((sample: Query) => ({ name, sample })) : [],
  );

  it('has a sample here', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(queries).sort());
  });

  it.each(planned)('$name is answered from an index', async ({ sample }) => {
    const [steps] = await connection.query(`EXPLAIN ${sample.sql}`, [...sample.params]);
    const objections = (steps as Step[]).map((step) => [objection(step), step] as const);
    expect(objections.filter(([why]) => why !== null)).toEqual([]);
  });

  it.each(['selectStatusesOfAuthor', 'selectPublicStatuses', 'selectByAuthors', 'selectReplies'] as const)(
    '%s does not touch the rows themselves',
    async (name) => {
      for (const sample of SAMPLES[name] as readonly Query[]) {
        const [steps] = await connection.query(`EXPLAIN ${sample.sql}`, [...sample.params]);
        for (const step of steps as Step[])
          if (step.table === 'statuses') expect(step.Extra).toMatch(/Using index(?! condition)/);
      }
    },
  );

  it.each([
    ['SELECT id FROM statuses WHERE text = 1', 'reads the whole table'],
    ['SELECT in_reply_to_id FROM statuses', 'reads a whole index'],
    [
      'SELECT id, text FROM statuses WHERE author_id > 5 AND id > 7 ORDER BY created_at_ms',
      'sorts many rows',
    ],
  ])('would be refused were it %s', async (sql, why) => {
    const [steps] = await connection.query(`EXPLAIN ${sql}`);
    expect((steps as Step[]).map(objection)).toContain(why);
  });
});
