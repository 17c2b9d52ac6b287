import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { promisify } from 'node:util';
import { TRUSTED_PATH } from './coordinator.js';
import { isCode } from './run-folder.js';

const run = promisify(execFile);
const ROTATE_TIMEOUT_MS = 120_000;

/**
 * Copy and truncate: the writer appends to its open file and needs no reader. What it writes between the end of the copy and
 * the truncation, about a millisecond, is lost. Done with the rights of the task's user, who owns the folder and may have put
 * anything there.
 */
const ROTATE = `
file=$1 i=$2
[ -f "$file" ] && [ ! -L "$file" ] || exit 0
while [ "$i" -gt 1 ]; do
  newer=$((i - 1))
  [ ! -e "$file.$newer" ] || mv -f -- "$file.$newer" "$file.$i" || exit 1
  i=$newer
done
if [ "$2" -gt 0 ]; then
  cp -f -- "$file" "$file.1" || { rm -f -- "$file.1"; exit 1; }
fi
: >"$file"
`;

/** Rotates a log if it has reached `bytesMax`: `<path>.1` is the newest of `backups`. Throws if that cannot be done. */
export async function rotateLog(
  path: string,
  { bytesMax, backups, as }: { bytesMax: number; backups: number; as: readonly string[] },
): Promise<boolean> {
  if (sizeOf(path) < bytesMax) return false;
  const [command, ...args] = [...as, '/bin/sh', '-c', ROTATE, 'thermos-rotate', path, String(backups)];
  await run(command, args, {
    cwd: '/',
    env: { PATH: TRUSTED_PATH, LC_ALL: 'C' },
    timeout: ROTATE_TIMEOUT_MS,
  });
  return true;
}

function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return 0;
    throw error;
  }
}
