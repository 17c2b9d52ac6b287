import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, version, type Plugin } from 'esbuild';
import { HOUSE } from './catalogue.js';

/** esbuild's own version: another one may write other bytes. */
export const BUNDLER = `esbuild ${version}`;

/** Packages of this house are taken from their sources, so that nothing has to be built before. */
const house: Plugin = {
  name: 'house',
  setup(plugin) {
    plugin.onResolve({ filter: /^@murmur\// }, ({ path }) => {
      const name = path.slice('@murmur/'.length);
      const file = ['shared', 'deploy']
        .map((folder) => join(HOUSE, folder, name, 'src/index.ts'))
        .find(existsSync);
      // Free of side effects at import, so that only what is used comes along.
      return file === undefined ? undefined : { path: file, sideEffects: false };
    });
    plugin.onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, resolveDir }) => {
      if (resolveDir.includes('node_modules')) return undefined;
      const file = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
      return existsSync(file) ? { path: file, sideEffects: false } : undefined;
    });
  },
};

/** What libraries in CommonJS expect to find in a module. */
const REQUIRE = [
  "import { createRequire as murmurRequire } from 'node:module';",
  'const require = murmurRequire(import.meta.url);',
].join('');

/**
 * One ES module of a program and all that it imports. Answers the files it was made of, from the root of the house. Throws
 * with esbuild's message where something cannot be resolved.
 */
export async function bundle(main: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: HOUSE,
    entryPoints: [join(HOUSE, main)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: REQUIRE },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
    plugins: [house],
  });
  return Object.keys(metafile.inputs).sort();
}
