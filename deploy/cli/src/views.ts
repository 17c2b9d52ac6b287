import type { JobSummary, TaskShape } from '@murmur/scheduler-api';
import { stateColour, type Colours } from './colours.js';
import { agoText, clockText, portsText, sizesText, statesText } from './text-core.js';
import { formatKey } from './keys-core.js';
import type { Column } from './table.js';

/** Rows of the tables that people see. */

export const jobColumns: readonly Column[] = [
  { head: 'JOB' },
  { head: 'KIND' },
  { head: 'RUNNING', right: true },
  { head: 'STATES' },
  { head: 'IN ALL' },
  { head: 'CHANGED' },
];

export function jobRow(job: JobSummary, now: number): readonly string[] {
  return [
    formatKey(job.job),
    job.kind,
    `${job.running}/${job.active}`,
    statesText(job.states),
    sizesText(job.resources),
    agoText(job.lastChangeAt, now),
  ];
}

export function taskColumns(colours: Colours): readonly Column[] {
  return ['INSTANCE', 'STATE', 'FOR', 'HOST', 'PORTS', 'WHY'].map((head) => ({ head: colours.dim(head) }));
}

/** With `events`, each run is followed by what happened to it. */
export function taskRows(
  colours: Colours,
  tasks: readonly TaskShape[],
  now: number,
  events: boolean,
): readonly (readonly string[])[] {
  return tasks.flatMap((task) => [
    [
      String(task.instance),
      stateColour(colours, task.state),
      agoText(task.since, now),
      task.host ?? '',
      portsText(task.ports),
      task.pendingReason ?? task.message ?? '',
    ],
    ...(events ? eventRows(colours, task) : []),
  ]);
}

function eventRows(colours: Colours, { id, events }: TaskShape): readonly (readonly string[])[] {
  const rows = events.map(({ at, state, message, by }) => {
    const who = by === null ? '' : ` (${by})`;
    return [
      '',
      colours.dim(state),
      '',
      colours.dim(clockText(at)),
      '',
      colours.dim(`${message ?? ''}${who}`),
    ];
  });
  return [['', '', '', '', '', colours.dim(id)], ...rows];
}
