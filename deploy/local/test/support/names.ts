/** The names of files, folders, commands and scripts in the documents, and which of them do not exist. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documentsOf, textOf } from './house.js';

const FILE = /^[\w.@-]+(\/[\w.@-]+)*\.(ts|mjs|cjs|js|sql|md|c)$/;
/** A core may be named without its ending. */
const CORE = /^[a-z-]+-core$/;
const FROM_ROOT = /^(scripts|services|shared|deploy)(\/[\w.@-]+)+\/?$/;
const FOLDER = /^[\w.@-]+(\/[\w.@-]+)*\/$/;

/** A new paragraph, list item or table row: the folder named before counts no more. */
const NEW_BLOCK = /^\s*($|[-|] |[-|]$|\d+\. |#)/;

/**
 * A file in backticks is looked for at the root, in the document's own package (also in its `src` and `test`), and in the
 * folder that was named last, with a `/` at its end, in the same paragraph or item.
 */
export function nameFaults(root: string): string[] {
  return documentsOf(root).flatMap((path) =>
    [...new Set([...filesIn(root, path), ...wordsIn(root, path)])].map(
      (name) => `${path}: there is no ${name}`,
    ),
  );
}

function filesIn(root: string, path: string): string[] {
  const missing: string[] = [];
  const home = dirname(path);
  let folder = home;
  let fenced = false;
  for (const line of textOf(root, path).split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    if (fenced) continue;
    if (NEW_BLOCK.test(line)) folder = home;
    for (const [, name = ''] of line.matchAll(/`([^`]+)`/g)) {
      const at = (...parts: string[]): boolean => existsSync(join(root, ...parts));
      if (FOLDER.test(name)) {
        if (at(name)) folder = name;
        else if (at(home, name)) folder = join(home, name);
      } else if (FILE.test(name) || CORE.test(name)) {
        const file = CORE.test(name) ? `${name}.ts` : name;
        const places = ['', home, join(home, 'src'), join(home, 'test'), folder];
        if (!places.some((place) => at(place, file))) missing.push(name);
      }
    }
  }
  return missing;
}

/** Words in code, inline or fenced, that are paths from the root, and the scripts of npm. What is built need not be there. */
function wordsIn(root: string, path: string): string[] {
  const text = textOf(root, path);
  const fences = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map((m) => m[1] ?? '');
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map((m) => m[1] ?? '');
  const code = [...fences, ...inline];
  const { scripts = {} } = JSON.parse(textOf(root, 'package.json')) as { scripts?: Record<string, string> };
  const unknown = code
    .flatMap((piece) => [...piece.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map((m) => m[1] ?? ''))
    .filter((script) => !(script in scripts))
    .map((script) => `npm script ${script}`);
  const words = code.flatMap((piece) => piece.split(/\s+/)).filter((word) => FROM_ROOT.test(word));
  return [...unknown, ...words.filter((word) => !word.includes('/dist/') && !existsSync(join(root, word)))];
}
