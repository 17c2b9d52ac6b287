import { spawn } from 'node:child_process';
import type { JobKey } from '@murmur/job-config';
import type { Io } from './io.js';
import type { Session } from './session.js';

/** The scheduler's page about a job, or about all of a role's. */
export function pageOf(session: Session, parts: readonly string[]): string {
  return [`${session.pageUrl()}/scheduler`, ...parts.map(encodeURIComponent)].join('/');
}

export function jobPage(session: Session, { role, environment, name }: JobKey): string {
  return pageOf(session, [role, environment, name]);
}

/** Asks the desktop's browser, or `$BROWSER`. One that cannot be started is no error: the URL was printed. */
export function openBrowser(io: Io, url: string): void {
  const command = io.env['BROWSER'] ?? (process.platform === 'darwin' ? 'open' : 'xdg-open');
  const child = spawn(command, [url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}
