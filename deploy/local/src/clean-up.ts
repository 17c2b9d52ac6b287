import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '@murmur/service';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUpCommand, workDirOf } from './cluster.js';
import { AGENTS, agentTask, portOf, type Plan } from './specs.js';

const run = promisify(execFile);
const CLEAN_UP_MS = 60_000;
/** For executors to exit after their tasks. */
const EMPTY_MS = 15_000;
const ANSWER_MS = 3_000;
const POLL_MS = 100;

/** Waits until no agent has a container; resolves false when one still has, or gives no answer. */
export async function agentsAreEmpty(plan: Plan): Promise<boolean> {
  const deadline = Date.now() + EMPTY_MS;
  for (;;) {
    const counts = await Promise.all(AGENTS.map((agent) => containersOf(portOf(plan, agentTask(agent)))));
    if (counts.every((count) => count === 0)) return true;
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
}

async function containersOf(port: number): Promise<number | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/containers`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return ((await answer.json()) as readonly unknown[]).length;
  } catch {
    return null;
  }
}

/**
 * Ends whatever still runs in containers of agents that do not run themselves, and removes their cgroups. Resolves when nothing is left;
 * rejects when an agent cannot be cleaned up.
 */
export async function cleanUpAgents(plan: Plan, log: Log): Promise<void> {
  const known = AGENTS.filter((agent) => existsSync(join(workDirOf(plan, agent), 'meta')));
  await Promise.all(
    known.map(async (agent) => {
      const { command, args, env } = cleanUpCommand(plan, agent);
      await run(command, args, { env: { ...process.env, ...env }, timeout: CLEAN_UP_MS });
      log.info({ agent: agent.name }, 'agent: cleaned up');
    }),
  );
}
