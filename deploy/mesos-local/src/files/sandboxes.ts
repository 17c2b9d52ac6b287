import { join } from 'node:path';
import type { Files } from './files.js';

/** What names a sandbox. */
export interface SandboxName {
  readonly workDir: string;
  readonly agentId: string;
  readonly frameworkId: string;
  readonly executorId: string;
  readonly containerId: string;
}

/** The folder of an executor's runs: `<work_dir>/slaves/S/frameworks/F/executors/E/runs`. */
export function runsFolder(name: Omit<SandboxName, 'containerId'>): string {
  const { workDir, agentId, frameworkId, executorId } = name;
  return join(workDir, 'slaves', agentId, 'frameworks', frameworkId, 'executors', executorId, 'runs');
}

/**
 * Attaches a sandbox under the names by which tools look for it: its real path, the same with `latest`, and the virtual
 * `/frameworks/F/executors/E/runs/{C,latest}`. The newest sandbox of an executor is its latest.
 */
export function attachSandbox(files: Files, name: SandboxName): void {
  const sandbox = join(runsFolder(name), name.containerId);
  for (const attached of [...own(name), ...latest(name)]) files.attach(attached, sandbox);
}

/** Takes a sandbox away again, after it was removed. What is by now the latest of its executor stays. */
export function detachSandbox(files: Files, name: SandboxName): void {
  const sandbox = join(runsFolder(name), name.containerId);
  for (const attached of own(name)) files.detach(attached);
  for (const attached of latest(name)) {
    if (files.attached().get(attached) === sandbox) files.detach(attached);
  }
}

function own(name: SandboxName): readonly string[] {
  return [join(runsFolder(name), name.containerId), join(virtualRuns(name), name.containerId)];
}

function latest(name: SandboxName): readonly string[] {
  return [join(runsFolder(name), 'latest'), join(virtualRuns(name), 'latest')];
}

function virtualRuns({ frameworkId, executorId }: SandboxName): string {
  return `/frameworks/${frameworkId}/executors/${executorId}/runs`;
}
