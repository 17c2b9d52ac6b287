import type { Metrics } from '@murmur/service';
import type { OfferBook } from './engine/offers-core.js';
import { LIFECYCLE, type Lifecycle } from './lifecycle-core.js';
import { TASK_STATES } from './model/task.js';
import type { Refusal } from './placement/port.js';
import type { TaskGroups } from './queue/queue-core.js';
import type { StateView } from './state/port.js';
import type { StorageStats } from './storage/port.js';

export interface Watched {
  readonly state: StateView;
  readonly book: OfferBook;
  readonly groups: TaskGroups;
  readonly lifecycle: () => Lifecycle;
  readonly connected: () => boolean;
  readonly storage: () => StorageStats;
  /** Changes of state that the task machine refused. */
  readonly illegal: () => number;
}

/** Counts of the scheduler, for Prometheus and for `/vars`. */
export interface SchedulerMetrics {
  launched(tasks: number): void;
  launchFailed(tasks: number): void;
  round(seconds: number, attempts: number, refusals: readonly Refusal[]): void;
  update(state: string): void;
  tick(seconds: number): void;
  watch(watched: Watched): void;
  vars(): Readonly<Record<string, number>>;
}

export function schedulerMetrics(metrics: Metrics): SchedulerMetrics {
  const counts: Record<string, number> = {};
  const count = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  const launches = metrics.counter('murmur_scheduler_launches_total', 'Tasks launched.', ['outcome']);
  const attempts = metrics.counter('murmur_scheduler_attempts_total', 'Tasks that placement looked at.');
  const noMatch = metrics.counter('murmur_scheduler_no_match_total', 'Groups that nothing was found for.');
  const vetoes = metrics.counter('murmur_scheduler_vetoes_total', 'Agents that refused a group.', ['kind']);
  const updates = metrics.counter('murmur_scheduler_updates_total', 'Status updates heard.', ['state']);
  const rounds = metrics.histogram('murmur_scheduler_round_seconds', 'One round of placement.');
  const ticks = metrics.histogram('murmur_scheduler_tick_seconds', 'What is done once a second.');
  let watched: Watched | null = null;
  addGauges(metrics, () => watched);
  return {
    launched: (tasks) => {
      launches.inc({ outcome: 'taken' }, tasks);
      count('task_launches', tasks);
    },
    launchFailed: (tasks) => {
      launches.inc({ outcome: 'failed' }, tasks);
      count('task_launches_failed', tasks);
    },
    round: (seconds, tried, refusals) => {
      rounds.observe(seconds);
      attempts.inc(tried);
      noMatch.inc(refusals.length);
      count('schedule_attempts_fired', tried);
      count('schedule_attempts_no_match', refusals.length);
      for (const { counts: kinds } of refusals) {
        for (const [kind, agents] of Object.entries(kinds)) {
          vetoes.inc({ kind }, agents);
          count(`scheduling_veto_${kind.replaceAll('-', '_')}`, agents);
        }
      }
    },
    update: (state) => {
      updates.inc({ state });
      count(`task_updates_${state}`);
    },
    tick: (seconds) => {
      ticks.observe(seconds);
    },
    watch: (now) => {
      watched = now;
    },
    vars: () => ({ ...counts, ...(watched === null ? {} : varsOf(watched)) }),
  };
}

function varsOf({
  state,
  book,
  groups,
  lifecycle,
  connected,
  storage,
  illegal,
}: Watched): Record<string, number> {
  const { position, entries, bytes, fsyncs } = storage();
  return {
    framework_registered: connected() ? 1 : 0,
    outstanding_offers: book.size,
    task_transitions_refused: illegal(),
    schedule_queue_groups: groups.groups,
    schedule_queue_tasks: groups.tasks,
    log_position: position,
    log_entries: entries,
    log_bytes: bytes,
    log_fsyncs: fsyncs,
    ...Object.fromEntries(
      LIFECYCLE.map((name) => [`scheduler_lifecycle_${name}`, lifecycle() === name ? 1 : 0]),
    ),
    ...Object.fromEntries(TASK_STATES.map((name) => [`task_store_${name}`, state.countInState(name)])),
  };
}

/** All are 0 until there is something to watch. */
function addGauges(metrics: Metrics, watched: () => Watched | null): void {
  const gauge = (name: string, help: string, value: (watched: Watched) => number): void => {
    const each = metrics.gauge(name, help, [], () => {
      const now = watched();
      each.set(now === null ? 0 : value(now));
    });
  };
  const tasks = metrics.gauge('murmur_scheduler_tasks', 'Tasks that are known.', ['state'], () => {
    for (const name of TASK_STATES) tasks.set({ state: name }, watched()?.state.countInState(name) ?? 0);
  });
  gauge('murmur_scheduler_offers', 'Offers that are held.', ({ book }) => book.size);
  gauge('murmur_scheduler_queue_groups', 'Groups of equal tasks that wait.', ({ groups }) => groups.groups);
  gauge('murmur_scheduler_queue_tasks', 'Tasks that wait.', ({ groups }) => groups.tasks);
  gauge('murmur_scheduler_engine_connected', '1 while the engine listens.', ({ connected }) =>
    connected() ? 1 : 0,
  );
  gauge(
    'murmur_scheduler_log_entries',
    'Entries since the newest snapshot.',
    ({ storage }) => storage().entries,
  );
  gauge('murmur_scheduler_log_bytes', 'Bytes since the newest snapshot.', ({ storage }) => storage().bytes);
  gauge(
    'murmur_scheduler_log_fsyncs',
    'fsyncs of the log since the start.',
    ({ storage }) => storage().fsyncs,
  );
  gauge('murmur_scheduler_transitions_refused', 'Changes of state that the table refused.', ({ illegal }) =>
    illegal(),
  );
}
