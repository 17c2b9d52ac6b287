/** Rules of the sources that no linter knows. Each check is also run on a small house with one thing wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../support/documents.js';
import { dependencyFaults, libraryFaults, sizeFaults, sqlFaults } from '../support/house.js';

let house: string;
beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'murmur-house-'));
});
afterEach(() => {
  rmSync(house, { recursive: true });
});

/** A house with one package that imports `ws` in one file, and what `files` put into it. */
function plant(files: Record<string, string>): void {
  const good = {
    'services/a/package.json': '{"name":"@murmur/a","dependencies":{"ws":"8"}}',
    'services/a/src/wire.ts': "import { WebSocket } from 'ws';\nimport { join } from 'node:path';\n",
  };
  for (const [path, text] of Object.entries({ ...good, ...files })) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
}

const lines = (count: number): string => 'export {};\n'.repeat(count);

describe('the sources of this house', () => {
  it('import each client library in one file of a package', () => {
    expect(libraryFaults(root)).toEqual([]);
  });

  it('import what their package declares, and nothing is declared that they do not import', () => {
    expect(dependencyFaults(root)).toEqual([]);
  });

  it('are no longer than 300 lines, or say why', () => {
    expect(sizeFaults(root)).toEqual([]);
  });

  it('have queries in shared/store only', () => {
    expect(sqlFaults(root)).toEqual([]);
  });
});

describe('the checks', () => {
  it('find nothing where nothing is wrong', () => {
    plant({ 'services/a/src/long.ts': lines(300), 'services/a/test/long.test.ts': lines(500) });
    expect([
      ...libraryFaults(house),
      ...dependencyFaults(house),
      ...sizeFaults(house),
      ...sqlFaults(house),
    ]).toEqual([]);
  });

  it.each(["import type { WebSocket } from 'ws';\n", "const ws = await import('ws');\n"])(
    'find a library in a second file: %s',
    (text) => {
      plant({ 'services/a/src/second.ts': text });
      expect(libraryFaults(house)).toEqual([
        'ws is imported by services/a/src/second.ts and services/a/src/wire.ts',
      ]);
    },
  );

  it('take two entries of one library for one', () => {
    plant({
      'services/a/src/one.ts': "import 'mysql2';\n",
      'services/a/src/two.ts': "import 'mysql2/promise';\n",
    });
    expect(libraryFaults(house)).toHaveLength(1);
  });

  it('find a dependency that nobody imports, and an import that nobody declares', () => {
    plant({
      'services/a/package.json': '{"dependencies":{"ws":"8","zod":"4"}}',
      'services/a/src/x.ts': "import { x } from '@murmur/model';\n",
    });
    expect(dependencyFaults(house)).toEqual([
      'services/a: zod is declared and not imported',
      'services/a: @murmur/model is imported and not declared',
    ]);
  });

  it('find a long file, unless it says why it is long', () => {
    plant({ 'services/a/src/long.ts': lines(301) });
    expect(sizeFaults(house)).toEqual([
      'services/a/src/long.ts: 301 lines and no comment with "Over 300 lines because"',
    ]);
    plant({ 'services/a/src/long.ts': `// Over 300 lines because it is a table.\n${lines(301)}` });
    expect(sizeFaults(house)).toEqual([]);
  });

  it('find a file over 500 lines, whatever it says', () => {
    const reason = '// Over 300 lines because it is a table.\n';
    plant({ 'services/a/src/long.ts': reason + lines(500), 'services/a/test/long.test.ts': lines(501) });
    expect(sizeFaults(house)).toEqual([
      'services/a/src/long.ts: 501 lines, allowed are 500',
      'services/a/test/long.test.ts: 501 lines, allowed are 500',
    ]);
  });

  it.each(['SELECT id FROM accounts WHERE id = ?', 'UPDATE accounts SET note = ?', 'DELETE FROM tokens '])(
    'find a query outside shared/store: %s',
    (query) => {
      plant({ 'services/a/src/x.ts': `db.run('${query}');\n` });
      expect(sqlFaults(house)).toEqual(['services/a/src/x.ts: a query outside shared/store']);
    },
  );
});
