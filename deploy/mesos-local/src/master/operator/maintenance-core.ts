/** Maintenance as operators see it. */
import type { MaintenanceClusterStatus, MaintenanceSchedule } from '@murmur/engine';
import type { MasterState } from '../state.js';

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
