import { StartError } from '@murmur/service';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';

/** A pid may be given to another process; together with its start time it is only ever one. */
export interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

const START_TIME_FIELD = 19; // field 22 of /proc/<pid>/stat, counted after the name in parentheses

/** When a process started, in clock ticks since boot; null when there is none. */
export function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[START_TIME_FIELD] ?? null);
  } catch {
    return null;
  }
}

/** Who holds the folder now: the process in the file, if it still is that process. */
export async function ownerIn(path: string): Promise<Owner | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [pid = '', startedAt = ''] = text.trim().split(' ');
  const owner = { pid: Number(pid), startedAt };
  return owner.pid > 0 && startTimeOf(owner.pid) === startedAt ? owner : null;
}

/** Takes the folder for this process; throws when another launcher runs there. Returns the release. */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`;
  for (let tries = 0; tries < 2; tries += 1) {
    const made = await writeFile(path, mine, { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (made) return () => rm(path, { force: true });
    const owner = await ownerIn(path);
    if (owner !== null) throw new StartError(`${path}: a launcher runs already, pid ${owner.pid}`);
    await rm(path, { force: true });
  }
  throw new Error(`${path}: cannot be written`);
}
