import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN_TEXTS, fortunesOf } from './texts-core.js';

/** Where Debian's packages `fortunes` and `fortunes-min` put them. */
export const FORTUNES_FOLDER = '/usr/share/games/fortunes';
/** Collections that may be shown to anybody at work. */
const COLLECTIONS = new Set([
  'computers',
  'debian',
  'food',
  'linux',
  'linuxcookie',
  'literature',
  'magic',
  'news',
  'pets',
  'platitudes',
  'science',
  'startrek',
  'tao',
  'wisdom',
  'work',
]);
const TEXTS_MAX = 20_000;

/** Fortunes where there are any, else a few texts of our own. */
export async function readTexts(folder = FORTUNES_FOLDER): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const texts: string[] = [];
  for (const name of names.filter((file) => COLLECTIONS.has(file)))
    texts.push(...fortunesOf(await readFile(join(folder, name), 'utf8')));
  return texts.length > 0 ? texts.slice(0, TEXTS_MAX) : BUILT_IN_TEXTS;
}
