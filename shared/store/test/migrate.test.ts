import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readMigrations, statementsOf } from '../src/migrate.js';

describe('migration files', () => {
  it('are found beside the sources, numbered without a hole, and can be run again', async () => {
    const migrations = await readMigrations();
    expect(migrations.map((m) => m.number)).toEqual(migrations.map((_, i) => i + 1));
    for (const { statements } of migrations)
      for (const statement of statements) expect(statement).toMatch(/IF (NOT )?EXISTS/);
  });

  it('create InnoDB tables of 4-byte characters', async () => {
    const created = (await readMigrations())
      .flatMap((m) => m.statements)
      .filter((s) => s.startsWith('CREATE TABLE'));
    expect(created.length).toBeGreaterThan(0);
    for (const statement of created)
      expect(statement).toMatch(/ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4/);
  });

  it('are cut into statements at a semicolon that ends a line', () => {
    expect(statementsOf("-- a; b;\nSELECT ';' AS x,\n  2;\n\nSELECT 3; \n")).toEqual([
      "SELECT ';' AS x,\n  2",
      'SELECT 3',
    ]);
  });

  it.each([['0002-late.sql'], ['one.sql'], ['0001-Capital.sql']])(
    'are refused when named %s',
    async (name) => {
      const folder = await mkdtemp(join(tmpdir(), 'murmur-migrations-'));
      try {
        await writeFile(join(folder, name), 'SELECT 1;\n');
        await expect(readMigrations(pathToFileURL(`${folder}/`))).rejects.toThrow(
          `migration ${name}: the name must begin with 0001-`,
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});
