export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The login for a host in the text of a `.netrc`; `default` where no `machine` has it. Macros are not understood, and skipped. */
export function netrcLogin(text: string, host: string): Login | null {
  const words = withoutMacros(text).split(/\s+/).filter(Boolean);
  const found: { machine: string | null; user: string; password: string }[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const entry = found.at(-1);
    if (word === 'default') found.push({ machine: null, user: '', password: '' });
    else if (word === 'machine') found.push({ machine: words[(at += 1)] ?? '', user: '', password: '' });
    else if (word === 'login' && entry !== undefined) entry.user = words[(at += 1)] ?? '';
    else if (word === 'password' && entry !== undefined) entry.password = words[(at += 1)] ?? '';
    else if (word === 'account') at += 1;
  }
  const entry =
    found.find(({ machine }) => machine === host) ?? found.find(({ machine }) => machine === null);
  return entry === undefined || entry.user === '' ? null : { user: entry.user, password: entry.password };
}

/** A macro goes from `macdef` to an empty line. */
function withoutMacros(text: string): string {
  return text.replaceAll(/^\s*macdef\b.*\n(?:.+\n?)*/gm, '');
}
