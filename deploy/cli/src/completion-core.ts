import { COMMON_FLAGS, VERBS, type ArgSpec, type FlagSpec, type VerbSpec } from './spec-core.js';

/** What a shell may complete: words, and what must be asked for elsewhere. */
export interface Completion {
  readonly words: readonly string[];
  readonly also: 'key' | 'instance' | 'file' | 'cluster' | null;
}

const NOTHING: Completion = { words: [], also: null };

/** Candidates for the last of the words behind `aurora`; it may be empty. Those that do not begin like it are left out. */
export function complete(words: readonly string[]): Completion {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const candidates = candidatesFor(before, last);
  return { ...candidates, words: candidates.words.filter((word) => word.startsWith(last)) };
}

function candidatesFor(before: readonly string[], last: string): Completion {
  const [noun, second] = before;
  if (noun === undefined) {
    const nouns = VERBS.map(({ name }) => name.split(' ')[0] ?? '');
    return { words: [...new Set(nouns), '--help', '--version'], also: null };
  }
  const single = VERBS.find(({ name }) => name === noun);
  if (single !== undefined) return ofVerb(single, before.slice(1), last);
  if (second === undefined) {
    const names = VERBS.map(({ name }) => name.split(' ')).filter(([of]) => of === noun);
    return { words: names.flatMap(([, verb]) => verb ?? []), also: null };
  }
  const verb = VERBS.find(({ name }) => name === `${noun} ${second}`);
  return verb === undefined ? NOTHING : ofVerb(verb, before.slice(2), last);
}

function ofVerb(verb: VerbSpec, before: readonly string[], last: string): Completion {
  const flags = [...verb.flags, ...COMMON_FLAGS];
  const named = (word: string | undefined): FlagSpec | undefined =>
    flags.find(({ long, short }) => word !== undefined && (word === long || word === short));
  const open = named(before.at(-1));
  if (open !== undefined && open.kind !== 'flag')
    return {
      words: open.choices ?? [],
      also: open.value === 'file' ? 'file' : open.value === 'key' ? 'key' : null,
    };
  if (last.startsWith('-')) return { words: [...flags.map(({ long }) => long), '--help'], also: null };
  const args = before.filter((word, index) => {
    const owner = named(before[index - 1]);
    return !word.startsWith('-') && (owner === undefined || owner.kind === 'flag');
  });
  const arg: ArgSpec | undefined = verb.args[args.length];
  if (verb.name === 'completion' && arg !== undefined) return { words: Object.keys(SCRIPTS), also: null };
  return { words: [], also: arg?.completes ?? null };
}

const BASH = `_aurora() {
  local line words=()
  local cur="\${COMP_LINE:0:COMP_POINT}"
  read -ra words <<< "$cur"
  [[ "$cur" == *[[:space:]] ]] && words+=("")
  local last="\${words[-1]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == ":file" ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$last")
    else
      COMPREPLY+=("$line")
    fi
  done < <(aurora __complete "\${words[@]:1}" 2>/dev/null)
  [[ "\${COMPREPLY[0]}" == */ ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _aurora aurora
`;

const ZSH = `#compdef aurora
_aurora() {
  local -a found rest
  local line
  for line in \${(f)"$(aurora __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
    if [[ "$line" == ":file" ]]; then _files; else found+=("$line"); fi
  done
  rest=(\${(M)found:#*/})
  found=(\${found:#*/})
  (( \${#rest} )) && compadd -S '' -- $rest
  (( \${#found} )) && compadd -- $found
}
compdef _aurora aurora
`;

export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH };

/** The next part of each key that begins like the word: `local/murmur/`, and at its end the whole key. */
export function keyCandidates(keys: readonly string[], last: string): readonly string[] {
  const cut = last.lastIndexOf('/') + 1;
  const next = keys
    .filter((key) => key.startsWith(last))
    .map((key) => {
      const slash = key.indexOf('/', cut);
      return slash < 0 ? key : key.slice(0, slash + 1);
    });
  return [...new Set(next)].sort();
}
