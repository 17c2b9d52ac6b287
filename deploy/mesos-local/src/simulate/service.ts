import { readFileSync } from 'node:fs';
import type { Log, RunningService } from '@murmur/service';
import { durationsOf, type AgentOptions } from '../agent/options.js';
import { startSimulatedAgents } from './start.js';

/**
 * `murmur-mesos agent --simulate N`: the process. Of the agent's flags those count that say which master and how to be taken by
 * it (`--master`, `--cluster-key-file`, `--zk-session-timeout`), and `--resources` if every agent is to have the same. It listens
 * nowhere: its port is 0.
 */
export function startSimulation(options: AgentOptions, tools: { readonly log: Log }): RunningService {
  const { clusterKeyFile, master, resources, simulate } = options;
  const simulation = startSimulatedAgents({
    master,
    count: simulate,
    clusterKey: clusterKeyFile === '' ? '' : readFileSync(clusterKeyFile, 'utf8').trim(),
    resources,
    zkSessionTimeoutMs: durationsOf(options).zkSessionTimeoutMs,
    log: tools.log,
  });
  return { port: 0, stop: () => simulation.stop() };
}
