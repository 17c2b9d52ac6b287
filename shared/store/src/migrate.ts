/** Applies the numbered files of `migrations/`, each once, one process at a time. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { query, type Database, type Session } from './database.js';
import { StoreError, StoreUnavailable } from './errors.js';
import {
  CREATE_MIGRATIONS_TABLE,
  insertMigration,
  RELEASE_MIGRATION_LOCK,
  SELECT_MIGRATIONS,
  takeMigrationLock,
} from './queries/migrations.js';
import { numberAt, textAt } from './rows.js';

/** How long one process waits for another that migrates. */
const LOCK_WAIT_SECONDS = 60;
/** A change of a large table takes its time. */
const STATEMENT_TIMEOUT_MS = 600_000;
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;
/** Beside both `src/` and `dist/`. */
const FOLDER = new URL('../migrations/', import.meta.url);

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
  readonly statements: readonly string[];
}

/** All files in order. Throws on a name that is not `0001-some-words.sql` or a number that is not the next. */
export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, i) => {
      const number = Number(FILE_NAME.exec(name)?.[1]);
      if (number !== i + 1)
        throw new RangeError(
          `migration ${name}: the name must begin with ${String(i + 1).padStart(4, '0')}-`,
        );
      const text = await readFile(new URL(name, folder), 'utf8');
      return {
        number,
        name,
        sha256: createHash('sha256').update(text).digest('hex'),
        statements: statementsOf(text),
      };
    }),
  );
}

/** A statement ends with `;` at the end of a line; lines that begin with `--` are comments. */
export function statementsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Returns the names of what was applied now. Safe to call from many processes at once. */
export async function migrate(db: Database): Promise<string[]> {
  const migrations = await readMigrations();
  return db.session(async (session) => {
    const [lock] = await session.rows(takeMigrationLock(LOCK_WAIT_SECONDS), (LOCK_WAIT_SECONDS + 5) * 1000);
    if (Number(lock?.['taken']) !== 1)
      throw new StoreUnavailable(
        'MIGRATE_LOCK_TIMEOUT',
        `another process has been migrating for ${LOCK_WAIT_SECONDS} s`,
      );
    try {
      const applied = await applyAll(session, migrations);
      await session.rows(RELEASE_MIGRATION_LOCK);
      return applied;
    } catch (error) {
      // After StoreUnavailable the connection goes, and the lock with it.
      if (!(error instanceof StoreUnavailable)) await session.rows(RELEASE_MIGRATION_LOCK);
      throw error;
    }
  });
}

async function applyAll(session: Session, migrations: readonly Migration[]): Promise<string[]> {
  await session.change(CREATE_MIGRATIONS_TABLE);
  const applied = new Map(
    (await session.rows(SELECT_MIGRATIONS)).map((row) => [numberAt(row, 'number'), textAt(row, 'sha256')]),
  );
  const names: string[] = [];
  for (const migration of migrations) {
    const sha256 = applied.get(migration.number);
    if (sha256 === migration.sha256) continue;
    if (sha256 !== undefined)
      throw new StoreError(
        'MIGRATION_CHANGED',
        `${migration.name} was applied with other contents; add a new file instead`,
      );
    for (const statement of migration.statements)
      await session.change(query(statement), STATEMENT_TIMEOUT_MS);
    await session.change(insertMigration(migration.number, migration.name, migration.sha256));
    names.push(migration.name);
  }
  return names;
}
