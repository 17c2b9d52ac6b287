import type { Log } from '@murmur/service';
import type { Containerizer } from '../containerizer/types.js';
import type { Agent } from './agent.js';
import { bootIdOf } from './detect.js';
import type { MasterClient } from './master-client.js';
import type { Meta, StoredAgent } from './meta.js';
import { frameworkPath } from './paths-core.js';
import { restore, resume } from './recover-core.js';

/** Below `meta/`: the start of the machine that the containers belong to. */
const BOOT_FILE = 'boot_id';

/** Takes back what an earlier process of this work dir left running, and ends what nobody wants. */
export async function recover(
  agent: Agent,
  containerizer: Containerizer,
  meta: Meta,
  stored: StoredAgent | null,
  log: Log,
): Promise<void> {
  const bootId = bootIdOf();
  const rebooted = meta.read(BOOT_FILE) !== bootId;
  const unwanted = restore(agent.state, stored?.frameworks ?? []);
  const known = agent.records();
  await containerizer.recover(rebooted ? [] : [...known, ...unwanted]);
  if (rebooted) meta.write(BOOT_FILE, bootId);
  else for (const record of unwanted) await containerizer.destroy(record.containerId);
  const turn = agent.turn();
  resume(agent.state, turn, rebooted && stored !== null);
  agent.perform(turn);
  // Frameworks that do not checkpoint have nothing that may live on.
  for (const { id, info } of stored?.frameworks ?? []) {
    if (info.checkpoint !== true) meta.remove(frameworkPath(agent.state, id));
  }
  for (const { containerId } of agent.records()) agent.watch(containerId);
  agent.dispatch({ kind: 'tick' });
  log.info({ containers: known.length, unwanted: unwanted.length, rebooted }, 'agent: recovered');
}

export interface CleanUpParts {
  readonly containerizer: Containerizer;
  readonly client: MasterClient;
  readonly meta: Meta;
}

/** Ends everything that runs, forgets the id, and lets the process end. */
export async function cleanUp(
  agent: Agent,
  { containerizer, client, meta }: CleanUpParts,
  tools: { readonly log: Log; readonly quit?: () => void },
): Promise<void> {
  await client.close();
  const ids = [...agent.state.runs.keys()];
  await Promise.allSettled(ids.map((containerId) => containerizer.destroy(containerId)));
  meta.remove('slaves');
  tools.log.info({ containers: ids.length }, 'agent: everything of it has ended');
  tools.quit?.();
}
