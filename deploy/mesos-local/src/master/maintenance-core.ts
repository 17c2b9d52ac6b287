import type { MachineID, MaintenanceSchedule } from '@murmur/engine';
import { removeAgent } from './agents-core.js';
import { tellUnavailability } from './allocation-core.js';
import { rescindInverseOffersOf } from './inverse-core.js';
import { rescindOffersOf } from './offers-core.js';
import { machineKey, type Machine, type MasterState } from './state.js';
import { sendMessage, type Turn } from './turn-core.js';

/** Why a schedule cannot be (400), or null; the sentences are Mesos's. */
export function validateSchedule(state: MasterState, schedule: MaintenanceSchedule): string | null {
  const seen = new Set<string>();
  for (const { machine_ids, unavailability } of schedule.windows ?? []) {
    if ((machine_ids ?? []).length === 0) return 'List of machines in the maintenance window is empty';
    if ((unavailability.duration?.nanoseconds ?? 0) < 0) return "Unavailability 'duration' is negative";
    const error = validateMachines(machine_ids ?? [], seen);
    if (error !== null) return error;
  }
  for (const [key, machine] of state.maintenance.machines) {
    if (machine.mode === 'DOWN' && !seen.has(key)) {
      return `Machine '${JSON.stringify(machine.id)}' is deactivated and cannot be removed from the schedule`;
    }
  }
  return null;
}

function validateMachines(ids: readonly MachineID[], seen: Set<string>): string | null {
  for (const id of ids) {
    if ((id.hostname ?? '') === '' && (id.ip ?? '') === '') {
      return "Both 'hostname' and 'ip' for a machine are empty";
    }
    const key = machineKey(id);
    if (seen.has(key)) return `Machine '${JSON.stringify(id)}' appears more than once in the schedule`;
    seen.add(key);
  }
  return null;
}

/** The schedule is stored: machines that are new in it drain, those no longer in it are up. */
export function setSchedule(turn: Turn, schedule: MaintenanceSchedule): void {
  const { maintenance } = turn.state;
  maintenance.windows = schedule.windows ?? [];
  const scheduled = new Map<string, Machine['unavailability']>();
  for (const window of maintenance.windows) {
    for (const id of window.machine_ids ?? []) {
      const key = machineKey(id);
      scheduled.set(key, window.unavailability);
      if (!maintenance.machines.has(key)) maintenance.machines.set(key, makeMachine(id));
    }
  }
  for (const [key, machine] of [...maintenance.machines]) {
    const unavailability = scheduled.get(key) ?? null;
    if (machine.mode !== 'DOWN') machine.mode = unavailability === null ? 'UP' : 'DRAINING';
    if (JSON.stringify(machine.unavailability) !== JSON.stringify(unavailability)) {
      machine.unavailability = unavailability;
      machine.answers.clear();
      tellMachine(turn, machine);
    }
    forgetIdle(turn, key, machine);
  }
  turn.effects.push({ type: 'ALLOCATE' });
}

export function makeMachine(id: MachineID): Machine {
  return { id, mode: 'UP', unavailability: null, agents: new Set(), answers: new Map() };
}

/** Offers of its agents are made again, with the unavailability (or without). */
function tellMachine(turn: Turn, machine: Machine): void {
  for (const agentId of machine.agents) {
    const agent = turn.state.agents.get(agentId);
    if (agent === undefined) continue;
    agent.unavailability = machine.unavailability;
    rescindOffersOf(turn, agent);
    rescindInverseOffersOf(turn, agent);
    tellUnavailability(turn, agent);
  }
}

function forgetIdle(turn: Turn, key: string, machine: Machine): void {
  if (machine.mode === 'UP' && machine.agents.size === 0) turn.state.maintenance.machines.delete(key);
}

/** Why machines cannot go down (or come up) now (400), or null. */
export function validateModeChange(
  state: MasterState,
  ids: readonly MachineID[],
  from: 'DRAINING' | 'DOWN',
): string | null {
  if (ids.length === 0) return 'List of machines is empty';
  const error = validateMachines(ids, new Set());
  if (error !== null) return error;
  for (const id of ids) {
    const machine = state.maintenance.machines.get(machineKey(id));
    const name = JSON.stringify(id);
    if (machine === undefined || machine.unavailability === null) {
      return `Machine '${name}' is not part of a maintenance schedule`;
    }
    if (machine.mode !== from) {
      return from === 'DRAINING'
        ? `Machine '${name}' is not in DRAINING mode and cannot be brought down`
        : `Machine '${name}' is not in DOWN mode and cannot be brought up`;
    }
  }
  return null;
}

/** Their agents are shut down and removed; no agent may register there until they are up again. */
export function bringDown(turn: Turn, ids: readonly MachineID[]): void {
  const message = "Operator initiated 'Machine DOWN'";
  for (const id of ids) {
    const machine = turn.state.maintenance.machines.get(machineKey(id));
    if (machine === undefined) continue;
    machine.mode = 'DOWN';
    for (const agentId of [...machine.agents]) {
      const agent = turn.state.agents.get(agentId);
      if (agent === undefined) continue;
      sendMessage(turn, agent, { type: 'SHUTDOWN', message });
      removeAgent(turn, agent, message, 'unregistered');
    }
  }
}

/** Maintenance is over: they are no longer scheduled. */
export function bringUp(turn: Turn, ids: readonly MachineID[]): void {
  const { maintenance } = turn.state;
  const keys = new Set(ids.map(machineKey));
  for (const key of keys) {
    const machine = maintenance.machines.get(key);
    if (machine === undefined) continue;
    machine.mode = 'UP';
    machine.unavailability = null;
    machine.answers.clear();
    forgetIdle(turn, key, machine);
  }
  maintenance.windows = maintenance.windows.flatMap((window) => {
    const left = (window.machine_ids ?? []).filter((id) => !keys.has(machineKey(id)));
    return left.length === 0 ? [] : [{ ...window, machine_ids: left }];
  });
}
