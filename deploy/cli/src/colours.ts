import picocolors from 'picocolors';
import type { Io } from './io.js';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Only on a terminal, and not where `NO_COLOR` is set. */
export function coloursFor({ isTTY, env }: Io): Colours {
  const unwanted = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return picocolors.createColors(isTTY && !unwanted);
}

const GOOD = ['RUNNING', 'FINISHED'];
const BAD = ['FAILED', 'LOST', 'KILLED'];

export function stateColour(colours: Colours, state: string): string {
  if (GOOD.includes(state)) return colours.green(state);
  return BAD.includes(state) ? colours.red(state) : colours.yellow(state);
}
