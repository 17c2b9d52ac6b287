import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaJson } from './schema-json-core.js';

/** This package's folder: the same two steps up from `src/loader` and from `dist/loader`. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The Python half: its sources with the schema's tables, and what stands for this very version of it. */
export interface Prelude {
  /** The JSON that `boot.py` takes. */
  readonly given: string;
  readonly boot: string;
  /** Of Pyodide, the sources and the tables. */
  readonly hash: string;
  readonly pyodideFolder: string;
  readonly pyodideVersion: string;
  readonly childMain: string;
}

/** Reads the prelude from the sources of the package, which lie beside what they are built to. */
export function readPrelude(packageFolder = PACKAGE_FOLDER): Prelude {
  const folder = join(packageFolder, 'src/loader/python');
  const files = readdirSync(folder).filter((name) => name.endsWith('.py'));
  const sources = Object.fromEntries(
    files.sort().map((name) => [name.slice(0, -'.py'.length), readFileSync(join(folder, name), 'utf8')]),
  );
  const { boot = '' } = sources;
  const given = JSON.stringify({ sources, schema: schemaJson() });
  const manifest = createRequire(join(packageFolder, 'package.json')).resolve('pyodide/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return {
    given,
    boot,
    hash: createHash('sha256').update(version).update(boot).update(given).digest('hex').slice(0, 16),
    pyodideFolder: dirname(manifest),
    pyodideVersion: version,
    childMain: join(packageFolder, 'dist/loader/child/main.js'),
  };
}
