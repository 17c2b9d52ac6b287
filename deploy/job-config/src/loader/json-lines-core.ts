import { at } from '../error-core.js';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]|\n|[^\s"{}[\],:]+/g;

interface Open {
  readonly path: string;
  /** Of the list's entry, or the object's key; null where a key comes next. */
  step: string | number | null;
}

/** The line of each field and entry of a JSON text, by the path that errors have. The text parses. */
export function jsonLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const open: Open[] = [];
  let line = 1;
  /** Where the value that begins here is. A field has the line of its key. */
  const begin = (): string => {
    const around = open.at(-1);
    const path = around === undefined ? '' : at(around.path, around.step ?? '');
    if (typeof around?.step !== 'string') lines.set(path, line);
    return path;
  };
  for (const [token] of text.matchAll(TOKEN)) {
    const around = open.at(-1);
    if (token === '\n') line += 1;
    else if (token === '{') open.push({ path: begin(), step: null });
    else if (token === '[') open.push({ path: begin(), step: 0 });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') {
      if (around !== undefined) around.step = typeof around.step === 'number' ? around.step + 1 : null;
    } else if (around?.step === null) {
      around.step = String(JSON.parse(token));
      lines.set(at(around.path, around.step), line);
    } else begin();
  }
  return lines;
}

/** What stands for a path, or for the nearest thing around it. */
export function nearestAround<T>(path: string, places: ReadonlyMap<string, T>): T | undefined {
  for (let step = path; ; step = step.replace(/(^|\.|)[^.[]+$|\[[^\]]*\]$/, '')) {
    const place = places.get(step);
    if (place !== undefined || step === '') return place;
  }
}
