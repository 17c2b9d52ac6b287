/** Maintenance as operators see it, and what they may ask for (`src/master/maintenance.cpp` of Mesos). */
import type { MachineID, MaintenanceClusterStatus, MaintenanceSchedule, WeightInfo } from '@murmur/engine';
import { validateRole } from '../../resources/index.js';
import { machineKey, type MasterState } from '../state.js';

const NS_PER_MS = 1_000_000;

export function renderSchedule(state: MasterState): MaintenanceSchedule {
  return { windows: state.maintenance.windows };
}

/** DRAINING machines with what frameworks answered, and DOWN ones. */
export function renderMaintenanceStatus(state: MasterState): MaintenanceClusterStatus {
  const machines = [...state.maintenance.machines.values()];
  return {
    draining_machines: machines
      .filter((machine) => machine.mode === 'DRAINING')
      .map((machine) => ({
        id: machine.id,
        statuses: [...machine.answers.values()].flatMap((answers) =>
          [...answers.values()].map((answer) => ({
            status: answer.status,
            framework_id: { value: answer.frameworkId },
            timestamp: { nanoseconds: Math.round(answer.at * NS_PER_MS) },
          })),
        ),
      })),
    down_machines: machines.filter((machine) => machine.mode === 'DOWN').map((machine) => machine.id),
  };
}

/** Why this list of machines cannot be taken, or null: at least one, none empty, none twice. */
export function validateMachines(machines: readonly MachineID[]): string | null {
  if (machines.length === 0) return 'List of machines is empty';
  const seen = new Set<string>();
  for (const machine of machines) {
    if ((machine.hostname ?? '') === '' && (machine.ip ?? '') === '')
      return "Both 'hostname' and 'ip' for a machine are empty";
    const key = machineKey(machine);
    if (seen.has(key)) return `Machine '${JSON.stringify(machine)}' is listed twice`;
    seen.add(key);
  }
  return null;
}

/** Why this schedule cannot be taken, or null. Beside Mesos's rules on machines: a window has one, a machine one window. */
export function validateSchedule(schedule: MaintenanceSchedule): string | null {
  const seen = new Set<string>();
  for (const window of schedule.windows ?? []) {
    const machines = window.machine_ids ?? [];
    const problem = validateMachines(machines);
    if (problem !== null) return problem;
    if ((window.unavailability.duration?.nanoseconds ?? 0) < 0)
      return "Unavailability 'duration' is negative";
    for (const machine of machines) {
      const key = machineKey(machine);
      if (seen.has(key)) return `Machine '${JSON.stringify(machine)}' appears more than once in the schedule`;
      seen.add(key);
    }
  }
  return null;
}

/** Why these weights cannot be taken, or null: above 0, with a valid role, each role once. */
export function validateWeights(weights: readonly WeightInfo[]): string | null {
  const seen = new Set<string>();
  for (const { role, weight } of weights) {
    const name = (role ?? '').trim();
    const problem = name === '' ? 'Role is empty' : validateRole(name);
    if (problem !== null) return `Invalid role '${name}': ${problem}`;
    if (!(weight > 0) || !Number.isFinite(weight))
      return `Invalid weight '${weight}' for role '${name}': Weights must be positive`;
    if (seen.has(name)) return `Role '${name}' is listed twice`;
    seen.add(name);
  }
  return null;
}
