import { parseArgs } from 'node:util';

export const USAGE = `kestrel-journal: looks into the journals of a queue directory, Kestrel's or murmur's.

  kestrel-journal dump FILE... [--data] [--json]
      One line per record: offset, what it is, its numbers; --data: with the item's bytes as text; --json: as JSON.
  kestrel-journal verify DIR|FILE...
      Whether all records are whole: one line per file, and where the damage is.
  kestrel-journal pack DIR QUEUE [-o OUT]
      Makes one file of a queue's archives and its current file, in place, or as OUT. No server may hold DIR.
  kestrel-journal pack FILE... -o OUT
      Replays the files in this order, as those of one queue, into OUT. They stay as they are.

Items that were open come back to the head, as when a server starts.
Exit code: 0 all is well, 1 a file is damaged, 2 wrong arguments or a file that cannot be read or written.
`;

export type ToolCommand =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'dump';
      readonly files: readonly string[];
      readonly data: boolean;
      readonly json: boolean;
    }
  | { readonly kind: 'verify'; readonly paths: readonly string[] }
  | { readonly kind: 'pack'; readonly paths: readonly string[]; readonly out: string | null };

/** What is wrong with the arguments. */
export class UsageError extends Error {}

/** Reads the arguments behind the program's name. Throws a UsageError. */
export function parseArguments(argv: readonly string[]): ToolCommand {
  const { values, positionals } = parse(argv);
  const [kind, ...paths] = positionals;
  if (values.help === true || kind === 'help') return { kind: 'help' };
  const { data = false, json = false, output = null } = values;
  if (kind !== 'dump' && kind !== 'verify' && kind !== 'pack')
    throw new UsageError(`command: ${kind ?? 'none given'}; allowed are dump, verify, pack`);
  if (paths.length === 0) throw new UsageError(`${kind}: no file given`);
  if (kind !== 'dump' && (data || json)) throw new UsageError(`--data, --json: only for dump`);
  if (kind !== 'pack' && output !== null) throw new UsageError('-o: only for pack');
  if (kind === 'dump') return { kind, files: paths, data, json };
  return kind === 'verify' ? { kind, paths } : { kind, paths, out: output };
}

function parse(argv: readonly string[]): {
  values: { help?: boolean; data?: boolean; json?: boolean; output?: string };
  positionals: string[];
} {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        data: { type: 'boolean' },
        json: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
