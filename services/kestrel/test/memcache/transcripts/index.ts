import type { Transcript } from '../transcript.js';
import { COMMANDS } from './commands.js';
import { ERRORS } from './errors.js';
import { FAN_OUT } from './fan-out.js';
import { FRAMING, ORDER } from './framing.js';
import { MONITOR } from './monitor.js';
import { OPTIONS } from './options.js';
import { RELIABLE } from './reliable.js';
import { SETTINGS } from './settings.js';
import { STATS } from './stats.js';
import { STATUS, WAITING } from './waiting.js';

/** What clients and the server say to each other, for each row and sentence of the reference. */
export const TRANSCRIPTS: readonly Transcript[] = [
  ...FRAMING,
  ...ORDER,
  ...ERRORS,
  ...COMMANDS,
  ...FAN_OUT,
  ...OPTIONS,
  ...RELIABLE,
  ...MONITOR,
  ...WAITING,
  ...STATUS,
  ...STATS,
  ...SETTINGS,
];
