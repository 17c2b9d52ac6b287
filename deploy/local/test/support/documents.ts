/** What the READMEs say: names in backticks at the start of a table row. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../../..');

/** What the launcher runs, and the folder whose README describes it. */
export const SUITE_PROCESSES = {
  'murmur-ingest': 'services/ingest',
  'murmur-fanout': 'services/fanout',
  'murmur-timeline': 'services/timeline',
  'murmur-push-gateway': 'services/push-gateway',
  'murmur-persister': 'services/persister',
  'murmur-kestrel': 'services/kestrel',
  'murmur-edge': 'deploy/edge',
  'murmur-local': 'deploy/local',
} as const;

/** All processes with flags; behind a space, a subcommand, which has sections of its own in the README. */
export const PROCESSES = {
  ...SUITE_PROCESSES,
  'murmur-scheduler': 'deploy/scheduler',
  'murmur-mesos master': 'deploy/mesos-local',
  'murmur-mesos agent': 'deploy/mesos-local',
  'murmur-thermos executor': 'deploy/thermos',
  'murmur-thermos observer': 'deploy/thermos',
} as const;

/** Names matched by `pattern` in the first cell of the table rows of a README, or of its sections that are about a subcommand. */
export function documented(folder: string, pattern: RegExp, subcommand?: string): Set<string> {
  const readme = readFileSync(join(root, folder, 'README.md'), 'utf8');
  const names = new Set<string>();
  for (const line of subcommand === undefined ? readme.split('\n') : sectionsAbout(readme, subcommand)) {
    const cell = /^\|([^|]*)\|/.exec(line)?.[1] ?? '';
    for (const [, name] of cell.matchAll(/`([^`]+)`/g)) {
      const match = pattern.exec(name ?? '');
      if (match !== null) names.add(match[0]);
    }
  }
  return names;
}

/** The lines below the headings that have this word, down to the next heading of the same rank or a higher one. */
export function sectionsAbout(readme: string, word: string): string[] {
  const about = new RegExp(`\\b${word}\\b`, 'i');
  const lines: string[] = [];
  let rank = 0;
  for (const line of readme.split('\n')) {
    const heading = /^(#+) /.exec(line)?.[1]?.length;
    if (heading !== undefined && (rank === 0 || heading <= rank)) rank = about.test(line) ? heading : 0;
    if (rank > 0) lines.push(line);
  }
  return lines;
}

export const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
