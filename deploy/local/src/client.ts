import { readFile } from 'node:fs/promises';
import { layOut } from './files.js';
import { ownerIn } from './lock.js';
import type { SuiteStatus } from './admin.js';

const ANSWER_MS = 3_000;

/** The status of the launcher that runs in a folder; null when none does, or none answers. */
export async function readStatus(data: string): Promise<SuiteStatus | null> {
  const layout = await layOut(data);
  if ((await ownerIn(layout.of('launcher.pid'))) === null) return null;
  try {
    const { admin } = JSON.parse(await readFile(layout.of('launcher.json'), 'utf8')) as { admin: string };
    const answer = await fetch(`${admin}/status`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return (await answer.json()) as SuiteStatus;
  } catch {
    return null;
  }
}

/** Whether the public API answers: a read through timeline, a write through ingest. Null when both do, else what did not. */
export async function tryPublicApi(publicUrl: string): Promise<string | null> {
  const attempts = [
    { method: 'GET', path: '/api/v1/instance' },
    { method: 'POST', path: '/api/v1/apps' },
  ];
  for (const { method, path } of attempts) {
    try {
      const answer = await fetch(publicUrl + path, { method, signal: AbortSignal.timeout(ANSWER_MS) });
      await answer.arrayBuffer();
      if (answer.status >= 500 || answer.status === 404) return `${method} ${path} answers ${answer.status}`;
    } catch (error) {
      return `${method} ${path}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return null;
}
