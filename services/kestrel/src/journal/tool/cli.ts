import { writeSync } from 'node:fs';
import { runTool } from './main.js';

const LINES_BYTES = 64 * 1024;
let pending = '';

/** Waits for a slow reader, and ends quietly when it has gone away. */
function flush(): void {
  const bytes = Buffer.from(pending);
  pending = '';
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

process.exitCode = runTool(process.argv.slice(2), {
  out: (line) => {
    pending += `${line}\n`;
    if (pending.length > LINES_BYTES) flush();
  },
  err: (line) => {
    flush();
    process.stderr.write(`${line}\n`);
  },
});
flush();
