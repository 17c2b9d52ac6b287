import type { DrainConfig, MachineID, MaintenanceSchedule, WeightInfo } from '@murmur/engine';
import { updateWeights } from '../allocator/index.js';
import { validateRole } from '../resources/index.js';
import { agentStep, markGone } from './agents-core.js';
import { deactivate, drain, reactivate } from './drain-core.js';
import { removeFramework } from './frameworks-core.js';
import { bringDown, bringUp, setSchedule, validateModeChange, validateSchedule } from './maintenance-core.js';
import { maintenanceChange, weightsOf } from './restore-core.js';
import type { Shell } from './shell.js';
import type { Agent } from './state.js';
import type { Turn } from './turn-core.js';
import type { ActionResult, Master, RegistryChange } from './types.js';

const DONE: ActionResult = { ok: true };

function refused(status: number, message: string): ActionResult {
  return { ok: false, status, message };
}

type Actions = Pick<
  Master,
  | 'teardown'
  | 'markAgentGone'
  | 'drainAgent'
  | 'deactivateAgent'
  | 'reactivateAgent'
  | 'updateWeights'
  | 'updateMaintenanceSchedule'
  | 'startMaintenance'
  | 'stopMaintenance'
>;

/** What an operator can do to a master. Where it must survive the master, it is stored before it is done. */
export function createActions(shell: Shell): Actions {
  const { state } = shell;
  return {
    teardown: (frameworkId) => {
      const framework = state.frameworks.get(frameworkId);
      if (framework === undefined) return refused(400, 'No framework found with specified ID');
      shell.turn((turn) => {
        removeFramework(turn, framework, 'TEARDOWN');
      });
      return DONE;
    },
    markAgentGone: (agentId) => markAgentGone(shell, agentId),
    drainAgent: (agentId, config) =>
      changeAgent(shell, agentId, deactivated(agentId, config), (turn, agent) => {
        drain(turn, agent, config);
      }),
    deactivateAgent: (agentId) =>
      changeAgent(shell, agentId, deactivated(agentId, null), (turn, agent) => {
        deactivate(turn, agent);
      }),
    reactivateAgent: (agentId) =>
      state.agents.get(agentId)?.deactivated === false
        ? Promise.resolve(refused(400, 'Agent is not deactivated'))
        : changeAgent(shell, agentId, { type: 'AGENT_REACTIVATED', agentId }, (turn, agent) => {
            reactivate(turn, agent);
          }),
    updateWeights: (weights) => setWeights(shell, weights),
    updateMaintenanceSchedule: (schedule) => setMaintenance(shell, schedule),
    startMaintenance: (machines) => changeMode(shell, machines, 'DRAINING', bringDown),
    stopMaintenance: (machines) => changeMode(shell, machines, 'DOWN', bringUp),
  };
}

function deactivated(agentId: string, config: DrainConfig | null): RegistryChange {
  return {
    type: 'AGENT_DEACTIVATED',
    agentId,
    drain: config === null ? null : { config, drained: false },
  };
}

async function changeAgent(
  shell: Shell,
  agentId: string,
  change: RegistryChange,
  decide: (turn: Turn, agent: Agent) => void,
): Promise<ActionResult> {
  if (!shell.state.agents.has(agentId)) return refused(400, 'Unknown agent');
  await shell.store(change);
  const agent = shell.state.agents.get(agentId);
  if (agent === undefined) return refused(409, `Agent ${agentId} was removed meanwhile`);
  shell.turn((turn) => {
    decide(turn, agent);
  });
  return DONE;
}

async function markAgentGone(shell: Shell, agentId: string): Promise<ActionResult> {
  const { state } = shell;
  if (state.goneAgents.has(agentId)) return DONE;
  const info =
    state.agents.get(agentId)?.info ??
    state.recoveredAgents.get(agentId)?.info ??
    state.unreachableAgents.get(agentId)?.info;
  if (info === undefined || agentStep(state, agentId, 'MARK_GONE') === null) {
    return refused(404, `Agent '${agentId}' not found`);
  }
  await shell.turn((turn) => shell.store({ type: 'AGENT_GONE', info, at: turn.now }));
  shell.turn((turn) => {
    markGone(turn, agentId);
  });
  return DONE;
}

async function setWeights(shell: Shell, weights: readonly WeightInfo[]): Promise<ActionResult> {
  for (const { role, weight } of weights) {
    const error = validateRole(role ?? '');
    if (error !== null) return refused(400, `Failed to validate update weights request: ${error}`);
    if (!(weight > 0)) {
      return refused(400, `Invalid weight '${weight}' for role '${role ?? ''}': Weights must be positive`);
    }
  }
  const merged = new Map(shell.state.weights);
  for (const { role, weight } of weights) merged.set(role ?? '', weight);
  await shell.store({ type: 'WEIGHTS', weights: [...merged].map(([role, weight]) => ({ role, weight })) });
  shell.turn((turn) => {
    for (const { role, weight } of weights) turn.state.weights.set(role ?? '', weight);
    updateWeights(turn.allocator, weightsOf(turn.state));
    turn.effects.push({ type: 'ALLOCATE' });
  });
  return DONE;
}

/** Maintenance is decided first and stored with what came of it: a lost write costs the operator a second call. */
async function setMaintenance(shell: Shell, schedule: MaintenanceSchedule): Promise<ActionResult> {
  const error = validateSchedule(shell.state, schedule);
  if (error !== null) return refused(400, error);
  shell.turn((turn) => {
    setSchedule(turn, schedule);
  });
  await shell.store(maintenanceChange(shell.state));
  return DONE;
}

async function changeMode(
  shell: Shell,
  machines: readonly MachineID[],
  from: 'DRAINING' | 'DOWN',
  decide: (turn: Turn, ids: readonly MachineID[]) => void,
): Promise<ActionResult> {
  const error = validateModeChange(shell.state, machines, from);
  if (error !== null) return refused(400, error);
  shell.turn((turn) => {
    decide(turn, machines);
  });
  await shell.store(maintenanceChange(shell.state));
  return DONE;
}
