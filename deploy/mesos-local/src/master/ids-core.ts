/** Longest id, in characters (NAME_MAX of Linux: an id becomes a folder). */
export const ID_LENGTH_MAX = 255;

/** Why this is no id of a task, executor or framework, or null; the sentences are Mesos's. */
export function validateId(id: string): string | null {
  if (id === '') return 'ID must not be empty';
  if (id.length > ID_LENGTH_MAX) return `ID must not be greater than ${ID_LENGTH_MAX} characters`;
  if (id === '.' || id === '..') return `'${id}' is disallowed`;
  for (const character of id) {
    const code = character.charCodeAt(0);
    if (code < 0x20 || code === 0x7f || character === '/' || character === '\\') {
      return `'${id}' contains invalid characters`;
    }
  }
  return null;
}

export function frameworkIdOf(masterId: string, n: number): string {
  return `${masterId}-${String(n).padStart(4, '0')}`;
}

export function offerIdOf(masterId: string, n: number): string {
  return `${masterId}-O${n}`;
}

export function agentIdOf(masterId: string, n: number): string {
  return `${masterId}-S${n}`;
}

/** `slave(1)@10.0.0.1:5051`; null when it is not of that form. */
export function parsePid(
  pid: string,
): { readonly id: string; readonly ip: string; readonly port: number } | null {
  const match = /^([^@]+)@(.+):(\d{1,5})$/.exec(pid);
  const [, id, ip, port] = match ?? [];
  return id === undefined || ip === undefined ? null : { id, ip, port: Number(port) };
}
