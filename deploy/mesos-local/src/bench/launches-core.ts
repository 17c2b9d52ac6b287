import { SchedulerCall, encode, type Offer, type TaskInfo } from '@murmur/engine';

/** What each task asks for; small, so that ten fit onto the smallest of the simulated agents. */
const TASK_RESOURCES = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
] as const;

export interface Launches {
  readonly taskIds: readonly string[];
  /** Calls ready to be sent, one ACCEPT for each offer. */
  readonly bodies: readonly string[];
}

/** Spreads `count` tasks evenly over the offers, one ACCEPT of several tasks for each. */
export function planLaunches(frameworkId: string, offers: readonly Offer[], count: number): Launches {
  const taskIds = Array.from({ length: count }, (_, i) => `task-${i}`);
  const bodies = offers.flatMap((offer, i) => {
    const mine = taskIds.slice(
      Math.floor((i * count) / offers.length),
      Math.floor(((i + 1) * count) / offers.length),
    );
    return mine.length === 0 ? [] : [acceptOf(frameworkId, offer, mine)];
  });
  return { taskIds, bodies };
}

function acceptOf(frameworkId: string, offer: Offer, taskIds: readonly string[]): string {
  const tasks = taskIds.map((id): TaskInfo => ({
    name: id,
    task_id: { value: id },
    agent_id: offer.agent_id,
    resources: TASK_RESOURCES,
    command: { value: 'exec sleep 86400' },
    labels: { labels: [{ key: 'bench', value: 'cluster' }] },
  }));
  return encode(SchedulerCall, {
    type: 'ACCEPT',
    framework_id: { value: frameworkId },
    accept: {
      offer_ids: [offer.id],
      operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }],
      // What is left over is not offered again while this is measured.
      filters: { refuse_seconds: 3600 },
    },
  });
}
