/** The house as a tree of files, and what is wrong with it: each check answers a list of complaints, empty when all is well. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const FOLDERS = ['shared', 'services', 'deploy', 'scripts'];
/** Of a package, each imported by one file only: the rest of the code sees our port. */
const CLIENT_LIBRARIES =
  /^(node-zookeeper-client|memjs|mysql2|undici|ws|pino|prom-client|commander|busboy|tar|yauzl)(?=\/|$)/;
const LINES_WITHOUT_REASON = 300;
const LINES_MAX = 500;
/** A file over 300 lines says why, in these words. */
const REASON = 'Over 300 lines because';

/** Folders of packages, from the root. */
export function packagesOf(root: string): string[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}`)
      .filter((path) => existsSync(join(root, path, 'package.json'))),
  );
}

/** Documents, from the root: those at the root, and each package's README. */
export function documentsOf(root: string): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const readmes = packagesOf(root).map((folder) => `${folder}/README.md`);
  return [...top, ...readmes.filter((path) => existsSync(join(root, path)))];
}

export function textOf(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Files below a folder, from the root, without what is built or installed. */
function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ['node_modules', 'dist'].includes(entry.name) ? [] : filesBelow(root, path);
    return [path];
  });
}

const STATEMENT = /^(?:import\s*|(?:import|export)\b[^'"`=;()]*?\bfrom\s*)['"]([^'"\s]+)['"]/gm;
const EXPRESSION = /\bimport\(\s*['"]([^'"\s]+)['"]/g;

/** What a file imports: names of packages and paths. */
function importsOf(text: string): string[] {
  return [...text.matchAll(STATEMENT), ...text.matchAll(EXPRESSION)].map((m) => m[1] ?? '');
}

export function readmeFaults(root: string): string[] {
  return packagesOf(root).flatMap((folder) => {
    const path = `${folder}/README.md`;
    if (!existsSync(join(root, path))) return [`${folder}: no README.md`];
    const text = textOf(root, path);
    const { name } = JSON.parse(textOf(root, `${folder}/package.json`)) as { name: string };
    const [title = '', what = ''] = text.split(/\n\n+/);
    const wanted: [boolean, string][] = [
      [title.trim() === `# ${name}`, `begins with another title than "# ${name}"`],
      [/^[^#|-]/.test(what), 'does not begin with what it is'],
      [/\b[Ii]t is not\b/.test(text), 'does not say what it is not'],
      [/^```/m.test(text), 'has no example'],
    ];
    return wanted.filter(([good]) => !good).map(([, complaint]) => `${path}: ${complaint}`);
  });
}

export function libraryFaults(root: string): string[] {
  return packagesOf(root).flatMap((folder) => {
    const users = new Map<string, Set<string>>();
    for (const path of filesBelow(root, `${folder}/src`))
      for (const name of importsOf(textOf(root, path))) {
        const library = CLIENT_LIBRARIES.exec(name)?.[0];
        if (library !== undefined) users.set(library, (users.get(library) ?? new Set()).add(path));
      }
    return [...users]
      .filter(([, files]) => files.size > 1)
      .map(([library, files]) => `${library} is imported by ${[...files].sort().join(' and ')}`);
  });
}

/** Dependencies that nobody imports, and imports that are no dependency. */
export function dependencyFaults(root: string): string[] {
  return packagesOf(root).flatMap((folder) => {
    const manifest = JSON.parse(textOf(root, `${folder}/package.json`)) as {
      dependencies?: Record<string, string>;
    };
    const declared = Object.keys(manifest.dependencies ?? {});
    const files = ['src', 'bin', 'bench'].flatMap((part) => filesBelow(root, `${folder}/${part}`));
    const imported = new Set(files.flatMap((path) => importsOf(textOf(root, path)).map(packageOf)));
    const needed = [...imported].filter((name) => name !== '' && !declared.includes(name));
    return [
      ...declared
        .filter((name) => !imported.has(name))
        .map((name) => `${folder}: ${name} is declared and not imported`),
      ...needed.map((name) => `${folder}: ${name} is imported and not declared`),
    ];
  });
}

/** `@scope/name` or `name` of an import; empty for a path and for Node's own. */
function packageOf(name: string): string {
  if (name.startsWith('.') || name.startsWith('node:')) return '';
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

export function sizeFaults(root: string): string[] {
  return packagesOf(root)
    .flatMap((folder) => ['src', 'test', 'bench'].flatMap((part) => filesBelow(root, `${folder}/${part}`)))
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .flatMap((path) => {
      const text = textOf(root, path);
      const lines = text.split('\n').length - 1;
      if (lines > LINES_MAX) return [`${path}: ${lines} lines, allowed are ${LINES_MAX}`];
      const unexplained = path.includes('/src/') && lines > LINES_WITHOUT_REASON && !text.includes(REASON);
      return unexplained ? [`${path}: ${lines} lines and no comment with "${REASON}"`] : [];
    });
}

/** Queries are in shared/store, and there only. */
export function sqlFaults(root: string): string[] {
  const query = /\b(SELECT\s[^'"]*\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s/;
  return packagesOf(root)
    .filter((folder) => folder !== 'shared/store')
    .flatMap((folder) => filesBelow(root, `${folder}/src`))
    .filter((path) => query.test(textOf(root, path)))
    .map((path) => `${path}: a query outside shared/store`);
}

export function linkFaults(root: string): string[] {
  return documentsOf(root).flatMap((path) => {
    const text = textOf(root, path).replace(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] ?? '');
    return links
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(root, path, link))
      .map((link) => `${path}: the link ${link} leads nowhere`);
  });
}

function leadsSomewhere(root: string, from: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const path = target === '' ? from : relative(root, join(root, dirname(from), target));
  if (!existsSync(join(root, path))) return false;
  if (anchor === undefined) return true;
  const headings = [...textOf(root, path).matchAll(/^#+ (.+)$/gm)].map((m) => slugOf(m[1] ?? ''));
  return headings.includes(anchor);
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');
}
