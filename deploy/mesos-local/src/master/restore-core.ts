import { updateWeights } from '../allocator/index.js';
import { makeMachine } from './maintenance-core.js';
import { machineKey } from './state.js';
import type { Turn } from './turn-core.js';
import type { RegistryChange, RegistrySnapshot } from './types.js';
import type { MasterState } from './state.js';

/** What the registry has, into an empty state. Its agents have `agentReregisterTimeoutMs` to come back. */
export function restoreState(turn: Turn, snapshot: RegistrySnapshot): void {
  const { state } = turn;
  const left = new Map(snapshot.deactivated.map((entry) => [entry.agentId, entry.drain]));
  const deadline = turn.now + turn.config.agentReregisterTimeoutMs;
  for (const info of snapshot.agents) {
    const id = info.id?.value ?? '';
    const drain = left.get(id) ?? null;
    state.recoveredAgents.set(id, {
      info,
      deadline,
      deactivated: left.has(id),
      drain: drain === null ? null : { state: drain.drained ? 'DRAINED' : 'DRAINING', config: drain.config },
    });
  }
  for (const { info, at } of snapshot.unreachable) {
    state.unreachableAgents.set(info.id?.value ?? '', { info, at });
  }
  for (const { info, at } of snapshot.gone) state.goneAgents.set(info.id?.value ?? '', { info, at });
  for (const { role, weight } of snapshot.weights) state.weights.set(role ?? '*', weight);
  updateWeights(turn.allocator, weightsOf(state));
  state.maintenance.windows = snapshot.schedule.windows ?? [];
  for (const { id, mode, unavailability } of snapshot.machines) {
    const machine = makeMachine(id);
    machine.mode = mode;
    machine.unavailability = unavailability;
    state.maintenance.machines.set(machineKey(id), machine);
  }
}

export function weightsOf(state: MasterState): readonly { readonly role: string; readonly weight: number }[] {
  return [...state.weights].map(([role, weight]) => ({ role, weight }));
}

/** Maintenance as it is now, for the registry. Machines that are up need no entry. */
export function maintenanceChange(state: MasterState): RegistryChange {
  const { windows, machines } = state.maintenance;
  return {
    type: 'MAINTENANCE',
    schedule: { windows },
    machines: [...machines.values()]
      .filter((machine) => machine.mode !== 'UP')
      .map(({ id, mode, unavailability }) => ({ id, mode, unavailability })),
  };
}
