/** What thrown things say of themselves, whatever made them. */

export function messageOf(error: unknown): string {
  const message = field(error, 'message');
  return typeof message === 'string' && message !== '' ? message : String(error);
}

/** `ENOENT` and the like; undefined where there is none. */
export function codeOf(error: unknown): string | undefined {
  const code = field(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** Of the innermost cause: fetch says why it failed only there. */
export function causeOf(error: unknown): string {
  const cause = field(error, 'cause');
  return messageOf(cause ?? error);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
