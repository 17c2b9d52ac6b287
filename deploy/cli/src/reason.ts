import { CliError } from './exit-core.js';
import type { Options } from './options-core.js';

/** As the API has it, characters. */
const REASON_MAX = 1000;

/** `--message`, for the audit log. */
export function reasonOf(options: Options): { readonly reason?: string } {
  const reason = options.text('--message');
  if (reason === undefined) return {};
  if (reason.length <= REASON_MAX) return { reason };
  throw new CliError('USAGE', `--message has ${reason.length} characters, allowed are ${REASON_MAX}`);
}
