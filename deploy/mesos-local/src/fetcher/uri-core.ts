import type { CommandInfoURI } from '@murmur/engine';
import { FetchError } from './types.js';

export type ArchiveKind = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'zip' | 'gz';

export type Source =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'http'; readonly url: string };

/** What is to be done for one URI. */
export interface FetchPlan {
  readonly uri: string;
  readonly source: Source;
  /** Where it goes, from the sandbox on. */
  readonly path: readonly string[];
  /** How it is unpacked; null = it is not. */
  readonly archive: ArchiveKind | null;
  readonly executable: boolean;
}

/** Longest name of a file on Linux, bytes. */
const MAX_NAME_BYTES = 255;
const SUFFIXES: readonly (readonly [string, ArchiveKind])[] = [
  ['.tar.gz', 'tar.gz'],
  ['.tgz', 'tar.gz'],
  ['.tar.bz2', 'tar.bz2'],
  ['.tbz2', 'tar.bz2'],
  ['.tar.xz', 'tar.xz'],
  ['.txz', 'tar.xz'],
  ['.tar', 'tar'],
  ['.zip', 'zip'],
  ['.gz', 'gz'],
];

/**
 * Reads a `CommandInfo.URI`: http and https URLs, `file://` URLs, and paths, of which relative ones begin at
 * `frameworksHome`. What it is named decides whether it is an archive, as in Mesos; `executable` wins over `extract`.
 * Throws FetchError.
 */
export function planFetch(uri: CommandInfoURI, frameworksHome: string | null): FetchPlan {
  const source = sourceOf(uri.value, frameworksHome);
  const path = uri.output_file === undefined ? [nameOf(uri.value, source)] : outputPath(uri.output_file);
  const executable = uri.executable ?? false;
  const extract = !executable && (uri.extract ?? true);
  return {
    uri: uri.value,
    source,
    path,
    executable,
    archive: extract ? archiveKind(path.at(-1) ?? '') : null,
  };
}

/** The kind of archive that a name says, null for none. */
export function archiveKind(name: string): ArchiveKind | null {
  return SUFFIXES.find(([suffix]) => name.endsWith(suffix) && name.length > suffix.length)?.[1] ?? null;
}

function sourceOf(value: string, frameworksHome: string | null): Source {
  if (value === '' || value.includes('\0'))
    throw new FetchError(`uri: ${JSON.stringify(value)} is empty or holds NUL`);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(value)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return { kind: 'http', url: httpUrl(value) };
  if (scheme === 'file') {
    const path = value.slice('file://'.length).replace(/^localhost(?=\/)/, '');
    if (!path.startsWith('/')) throw new FetchError(`${value}: a file URL is file:///path`);
    return { kind: 'file', path };
  }
  if (scheme !== undefined) {
    throw new FetchError(`${value}: the scheme ${scheme} is none of http, https, file`);
  }
  if (value.startsWith('/')) return { kind: 'file', path: value };
  if (frameworksHome === null) {
    throw new FetchError(`${value}: a relative path needs the agent's option frameworks_home`);
  }
  return { kind: 'file', path: `${frameworksHome}/${value}` };
}

function httpUrl(value: string): string {
  if (!URL.canParse(value)) throw new FetchError(`${value}: is no URL`);
  return value;
}

function nameOf(value: string, source: Source): string {
  const path = source.kind === 'http' ? new URL(source.url).pathname : source.path;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const decoded = source.kind === 'http' ? decode(name) : name;
  if (!isName(decoded)) throw new FetchError(`${value}: its last part is no name of a file`);
  return decoded;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function outputPath(output: string): readonly string[] {
  const parts = output.split('/');
  if (!parts.every(isName)) {
    throw new FetchError(
      `output_file: ${JSON.stringify(output)} is not a relative path inside the sandbox, without "." and ".."`,
    );
  }
  return parts;
}

function isName(name: string): boolean {
  const plain = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  return plain && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}
