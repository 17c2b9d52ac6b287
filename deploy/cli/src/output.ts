import { coloursFor, type Colours } from './colours.js';
import type { Io } from './io.js';
import { renderTable, type Column } from './table.js';

const CLEAR_LINE = '\r\u001b[2K';

/** Results go to stdout; progress, notes and errors to stderr, so that a pipe gets results alone. */
export interface Output {
  readonly colours: Colours;
  line(text?: string): void;
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void;
  json(value: unknown): void;
  note(text: string): void;
  /** Only with `--verbose`. */
  detail(text: string): void;
  /** How far it is: one line that changes on a terminal, else a line for each change. */
  progress(text: string): void;
  /** Leaves the last progress where it is. */
  endProgress(): void;
}

export function openOutput(io: Io, verbose: boolean): Output {
  let shown = '';
  const { isTTY, stderrIsTTY = isTTY } = io;
  const endProgress = (): void => {
    if (shown !== '' && stderrIsTTY) io.stderr.write('\n');
    shown = '';
  };
  const note = (text: string): void => {
    endProgress();
    io.stderr.write(`${text}\n`);
  };
  const out = (text: string): void => {
    endProgress();
    io.stdout.write(text);
  };
  return {
    colours: coloursFor(io),
    line: (text = '') => out(`${text}\n`),
    table: (columns, rows) => out(renderTable(columns, rows)),
    json: (value) => out(`${JSON.stringify(value, null, 2)}\n`),
    note,
    detail: (text) => {
      if (verbose) note(text);
    },
    progress: (text) => {
      if (text === shown) return;
      io.stderr.write(stderrIsTTY ? `${shown === '' ? '' : CLEAR_LINE}${text}` : `${text}\n`);
      shown = text;
    },
    endProgress,
  };
}
