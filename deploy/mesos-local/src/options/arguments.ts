import type { OptionTable } from '@murmur/service';
import { normaliseFlags } from './flags-core.js';

/**
 * Leaves the flags in `process.argv` in the form that `runProcess` reads: without the word (`master`, `agent`) behind which
 * they stand where there is one, and in the spelling of the table.
 */
export function takeArguments(word: string, options: OptionTable): void {
  const given = process.argv.slice(process.argv[2] === word ? 3 : 2);
  const booleans = Object.entries(options).flatMap(([name, spec]) => (spec.type === 'boolean' ? [name] : []));
  process.argv.splice(2, process.argv.length, ...normaliseFlags(given, booleans));
}
