/** `scripts/package`: an archive for each service, and the executor's one file. Exit 0: all are there; 1: one could not be made. */
import { stat } from 'node:fs/promises';
import { defineOptions } from '@murmur/service';
import { runCommand } from './command.js';
import { packageAll } from './package/package.js';

const options = defineOptions({
  out: { type: 'string', default: '.murmur/packages', help: 'folder of the archives' },
});

async function main(out: string): Promise<number> {
  try {
    for (const { name, file, made } of await packageAll(out)) {
      const kb = Math.round((await stat(file)).size / 1024);
      console.log(
        `  ${name.padEnd(16)} ${made ? 'made     ' : 'unchanged'} ${String(kb).padStart(6)} KB  ${file}`,
      );
    }
    return 0;
  } catch (error) {
    console.error(`murmur-package: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

await runCommand(
  { name: 'murmur-package', summary: 'Makes an archive for each service, as its jobs fetch it.' },
  options,
  ({ out }) => main(out),
);
