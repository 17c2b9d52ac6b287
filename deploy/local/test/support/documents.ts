/** What the READMEs say: names in backticks at the start of a table row. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../../..');

/** Processes with flags and metrics, and the folder whose README describes them. */
export const PROCESSES = {
  'murmur-ingest': 'services/ingest',
  'murmur-fanout': 'services/fanout',
  'murmur-timeline': 'services/timeline',
  'murmur-push-gateway': 'services/push-gateway',
  'murmur-persister': 'services/persister',
  'murmur-kestrel': 'services/kestrel',
  'murmur-edge': 'deploy/edge',
  'murmur-local': 'deploy/local',
} as const;

/** Names matched by `pattern` in the first cell of the table rows of a README. */
export function documented(folder: string, pattern: RegExp): Set<string> {
  const names = new Set<string>();
  for (const line of readFileSync(join(root, folder, 'README.md'), 'utf8').split('\n')) {
    const cell = /^\|([^|]*)\|/.exec(line)?.[1] ?? '';
    for (const [, name] of cell.matchAll(/`([^`]+)`/g)) {
      const match = pattern.exec(name ?? '');
      if (match !== null) names.add(match[0]);
    }
  }
  return names;
}

export const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
