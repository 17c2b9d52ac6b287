import picomatch from 'picomatch';

/** Whether a part of a key matches a glob; `*` and the like never reach over a `/`, which no part has. */
export function globMatches(glob: string, text: string): boolean {
  return glob === text || picomatch(glob, { dot: true })(text);
}

export function isGlob(text: string): boolean {
  return picomatch.scan(text).isGlob;
}
