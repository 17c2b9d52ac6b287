/** Makes ONE file of the executor and the observer: `node bundle.mjs [file]`. From the sources: no build is needed before. */
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

/** Packages of this house are taken from their sources, and only what is used of them: no express in an executor. */
const house = {
  name: 'house',
  setup({ onResolve }) {
    onResolve({ filter: /^@murmur\// }, ({ path }) => {
      const name = path.slice('@murmur/'.length);
      const file = ['shared', 'deploy']
        .map((folder) => join(root, folder, name, 'src/index.ts'))
        .find(existsSync);
      return file === undefined ? undefined : { path: file, sideEffects: false };
    });
    // Every file of the house is free of side effects at import, but for the entry.
    onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, resolveDir }) => {
      if (resolveDir.includes('node_modules')) return undefined;
      const file = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
      return existsSync(file) ? { path: file, sideEffects: false } : undefined;
    });
  },
};

/** Of undici only what makes calls: its index would load fetch, caches, WebSockets, ten megabytes of every executor. */
const calls = {
  name: 'calls',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'calls' }));
    onLoad({ filter: /.*/, namespace: 'calls' }, () => ({
      contents: `
        const Dispatcher = require('undici/lib/dispatcher/dispatcher.js');
        exports.Agent = require('undici/lib/dispatcher/agent.js');
        Object.assign(Dispatcher.prototype, require('undici/lib/api'));`,
      resolveDir: join(root, 'deploy/engine'),
    }));
  },
};

const outfile = resolve(process.argv[2] ?? join(here, 'dist/murmur-thermos.cjs'));
await build({
  entryPoints: [join(here, 'src/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  // The loader of configs asks where its package lies; nothing of it is in this file.
  logOverride: { 'empty-import-meta': 'silent' },
  plugins: [house, calls],
});
process.stdout.write(`${outfile}\n`);
