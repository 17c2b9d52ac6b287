/** Names as people and clients write them: `bob`, `@bob`, `bob@host`, `@bob@host`. */

/** The user name if it is one of this host, else null. Hosts are compared without case. */
export function localName(acct: string, host: string): string | null {
  const bare = acct.trim().replace(/^@/, '');
  const at = bare.indexOf('@');
  const name = at === -1 ? bare : bare.slice(0, at);
  if (name === '') return null;
  return at === -1 || bare.slice(at + 1).toLowerCase() === host.toLowerCase() ? name : null;
}
