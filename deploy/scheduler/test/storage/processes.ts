import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { onStopAll, tempFolder } from '@murmur/testkit';
import ts from 'typescript';

const SOURCES = join(import.meta.dirname, '../../src/storage');
const CHILD = join(import.meta.dirname, 'appender.ts');

/** The storage and the child of the kill test as JavaScript, so that a process can run them without a build. Gives the child's file. */
export async function builtAppender(): Promise<string> {
  const folder = await tempFolder('storage-child');
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  // As far from the storage as the source is.
  const [storage, child] = [join(folder, 'src/storage'), join(folder, 'test/storage')];
  for (const each of [storage, child]) await mkdir(each, { recursive: true });
  const sources = (await readdir(SOURCES)).filter((name) => name.endsWith('.ts'));
  for (const name of sources) await translate(join(SOURCES, name), storage);
  return translate(CHILD, child);
}

async function translate(file: string, into: string): Promise<string> {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  const { outputText } = ts.transpileModule(await readFile(file, 'utf8'), { compilerOptions });
  const target = join(into, basename(file).replace(/\.ts$/, '.js'));
  await writeFile(target, outputText);
  return target;
}

export interface Life {
  /** Numbers of entries that it said were durable. */
  readonly acknowledged: readonly number[];
  readonly errors: string;
}

/** Lets a child append until it has acknowledged so many, kills it, and waits for its end. */
export async function killedAfter(child: string, folder: string, count: number): Promise<Life> {
  const started = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = onStopAll(async () => void started.kill('SIGKILL'));
  let lines = 0;
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  started.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  started.stdout.on('data', (bytes: Buffer) => {
    out.push(bytes);
    lines += bytes.filter((byte) => byte === 10).length;
    if (lines >= count) started.kill('SIGKILL');
  });
  await closed(started);
  forget();
  const text = Buffer.concat(out).toString();
  // The last line may be cut.
  const acknowledged = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .map(Number);
  return { acknowledged, errors: Buffer.concat(err).toString() };
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}
