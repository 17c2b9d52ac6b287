import { isatty } from 'node:tty';
import { codeOf } from './errors-core.js';
import { EXIT } from './exit-core.js';
import { run } from './run.js';

const interrupt = new AbortController();
process.on('SIGINT', () => {
  // Whoever presses it again does not want to wait for a clean end.
  if (interrupt.signal.aborted) process.exit(EXIT.INTERRUPTED);
  interrupt.abort();
});

/** Whoever reads may leave early, as head does: then nobody wants to read the rest, and what was begun is still done. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') process.exit(EXIT.DIE);
  });

const code = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  isTTY: isatty(1),
  stderrIsTTY: isatty(2),
  inheritable: true,
  signal: interrupt.signal,
});
/** Once all that was written is out, and its errors are heard; what may still be open does not hold the shell. */
const end = (): void => void setImmediate(() => process.exit(code));
process.stdout.write('', () => process.stderr.write('', end));
