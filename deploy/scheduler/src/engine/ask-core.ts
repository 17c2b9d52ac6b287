import type { ExecutorOverhead } from '../backend.js';
import type { AgentRecord, Sizes } from '../model/agent.js';
import type { TaskConfig } from '../model/config.js';
import type { Ask, Machine } from '../placement/port.js';

/** What one instance takes of an agent: its own demand and its executor's. */
export function needsOf({ demand }: Pick<TaskConfig, 'demand'>, overhead: ExecutorOverhead): Sizes {
  return {
    cpus: demand.cpus + overhead.cpus,
    memMb: demand.memMb + overhead.memMb,
    diskMb: demand.diskMb + overhead.diskMb,
    gpus: demand.gpus,
  };
}

export function askOf(config: TaskConfig, overhead: ExecutorOverhead): Ask {
  return {
    key: config.id,
    job: config.jobKey,
    needs: needsOf(config, overhead),
    ports: config.demand.ports.length,
    constraints: config.constraints,
    dedicated: config.dedicated,
  };
}

/** An agent with nothing on it, whatever its mode is just now: what could ever fit. */
export function emptyMachine(agent: AgentRecord): Machine {
  return {
    agentId: agent.id,
    host: agent.host,
    free: agent.capacity,
    freePorts: agent.portCount,
    capacity: agent.capacity,
    attributes: agent.attributes,
    mode: 'NONE',
    absentFrom: null,
  };
}
