/** `scripts/demo`: exit 0 nothing lost or duplicated, 1 something was (or Murmur cannot be used), 2 bad usage. */
import { ApiFailure } from './demo/api.js';
import { runDemo, type Screen } from './demo/demo.js';
import { parseDemoOptions } from './demo/options-core.js';

const CLEAR_LINE = '\r\u001b[2K';

function screenOf(out: NodeJS.WriteStream): Screen {
  // Bytes of the unfinished line; a file or a pipe gets whole lines only.
  let open = false;
  const start = (): string => (open ? CLEAR_LINE : '');
  return {
    status: (text) => {
      out.write(out.isTTY ? start() + text : `${text}\n`);
      open = out.isTTY;
    },
    line: (text) => {
      out.write(`${start()}${text}\n`);
      open = false;
    },
  };
}

const parsed = parseDemoOptions(process.argv.slice(2));
if (parsed.kind === 'help') {
  console.log(parsed.text);
} else if (parsed.kind === 'bad') {
  console.error(parsed.message);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = (await runDemo(parsed.options, screenOf(process.stdout))) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    console.error(
      `\nNo demo at ${parsed.options.url}: ${error.message}. Is Murmur up? scripts/up starts it.`,
    );
    process.exitCode = 1;
  }
}
