export const USAGE = `usage: murmur-scheduler backup list --data DIR
       murmur-scheduler backup verify --data DIR [NAME]
       murmur-scheduler backup restore --data DIR NAME
       murmur-scheduler log dump --data DIR
       murmur-scheduler log verify --data DIR`;

export type StorageCommand =
  | { readonly kind: 'backup list' | 'log dump' | 'log verify'; readonly data: string }
  | { readonly kind: 'backup verify'; readonly data: string; readonly name: string | null }
  | { readonly kind: 'backup restore'; readonly data: string; readonly name: string };

const VERBS: Readonly<Record<string, readonly string[]>> = {
  backup: ['list', 'verify', 'restore'],
  log: ['dump', 'verify'],
};

/** The command, or what is wrong with it in one line. */
export function parseCommand(argv: readonly string[]): StorageCommand | { readonly kind: 'help' } | string {
  const words: string[] = [];
  let data: string | null = null;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--help' || word === '-h') return { kind: 'help' };
    if (word === '--data') data = argv[(at += 1)] ?? '';
    else if (word.startsWith('--data=')) data = word.slice('--data='.length);
    else if (word.startsWith('-')) return `unknown flag ${word}; allowed are --data and --help`;
    else words.push(word);
  }
  return commandOf(words, data);
}

function commandOf(words: readonly string[], data: string | null): StorageCommand | string {
  const [noun = '', verb, name, surplus] = words;
  const verbs = VERBS[noun];
  if (verbs === undefined) return `unknown subcommand ${noun}; allowed are ${Object.keys(VERBS).join(', ')}`;
  if (verb === undefined) return `a verb is missing; allowed are ${verbs.join(', ')}`;
  if (!verbs.includes(verb)) return `unknown verb ${verb}; allowed are ${verbs.join(', ')}`;
  if (data === null || data === '') return '--data DIR is missing: the folder of the scheduler';
  const kind = `${noun} ${verb}`;
  const extra = kind === 'backup verify' || kind === 'backup restore' ? surplus : name;
  if (extra !== undefined) return `unexpected ${extra}`;
  if (kind === 'backup verify') return { kind, data, name: name ?? null };
  if (kind === 'backup restore') {
    return name === undefined ? 'the name of the backup is missing' : { kind, data, name };
  }
  return { kind: kind as 'backup list' | 'log dump' | 'log verify', data };
}
