import { readFileSync } from 'node:fs';

/** Of the package, `aurora 0.1.0`. */
export function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return `aurora ${(JSON.parse(manifest) as { readonly version: string }).version}`;
}
