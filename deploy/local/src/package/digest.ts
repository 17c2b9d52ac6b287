import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** SHA-256 over names and contents, in the order given; null when one of the files is not there. */
export async function digestOf(root: string, files: readonly string[], salt: string): Promise<string | null> {
  const hash = createHash('sha256').update(`${salt}\n`);
  for (const file of files) {
    const content = await readFile(join(root, file)).catch(() => null);
    if (content === null) return null;
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Every file below the folders that ends so, sorted, from the root; `dist` and `node_modules` are nobody's sources. */
export async function filesBelow(
  root: string,
  folders: readonly string[],
  ending: string,
): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(join(root, folder), { recursive: true });
      return entries.filter((entry) => entry.endsWith(ending)).map((entry) => join(folder, entry));
    }),
  );
  return lists.flat().sort();
}
