import { query, type Query } from '../database.js';

export const PING: Query = query('SELECT 1');

/** The lock belongs to one database of the server; MySQL allows 64 characters. */
const LOCK_NAME = "CONCAT('murmur-migrate-', LEFT(SHA1(DATABASE()), 32))";

export function takeMigrationLock(seconds: number): Query {
  return query(`SELECT GET_LOCK(${LOCK_NAME}, ?) AS taken`, seconds);
}

export const RELEASE_MIGRATION_LOCK: Query = query(`SELECT RELEASE_LOCK(${LOCK_NAME}) AS released`);

export const CREATE_MIGRATIONS_TABLE: Query = query(
  `CREATE TABLE IF NOT EXISTS schema_migrations (
     number INT UNSIGNED NOT NULL,
     name VARCHAR(255) NOT NULL,
     sha256 CHAR(64) NOT NULL,
     PRIMARY KEY (number)
   ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
);

export const SELECT_MIGRATIONS: Query = query('SELECT number, sha256 FROM schema_migrations ORDER BY number');

export function insertMigration(number: number, name: string, sha256: string): Query {
  return query('INSERT INTO schema_migrations (number, name, sha256) VALUES (?, ?, ?)', number, name, sha256);
}
