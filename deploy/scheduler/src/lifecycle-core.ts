import type { ClusterShape } from '@murmur/scheduler-api';

export type Lifecycle = ClusterShape['lifecycle'];

export const LIFECYCLE = [
  'IDLE',
  'PREPARING_STORAGE',
  'STORAGE_PREPARED',
  'LEADER_AWAITING_REGISTRATION',
  'ACTIVE',
  'DEAD',
] as const satisfies readonly Lifecycle[];

/**
 * `prepare`: it may read its storage; `prepared`: it has; `elected`: it leads; `registered`: the engine knows it; `end`: it stops, has lost
 * the lead, or cannot go on.
 */
export const LIFECYCLE_EVENTS = ['prepare', 'prepared', 'elected', 'registered', 'end'] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

const TABLE: Readonly<Record<Lifecycle, Readonly<Partial<Record<LifecycleEvent, Lifecycle>>>>> = {
  IDLE: { prepare: 'PREPARING_STORAGE', end: 'DEAD' },
  PREPARING_STORAGE: { prepared: 'STORAGE_PREPARED', end: 'DEAD' },
  STORAGE_PREPARED: { elected: 'LEADER_AWAITING_REGISTRATION', end: 'DEAD' },
  LEADER_AWAITING_REGISTRATION: { registered: 'ACTIVE', end: 'DEAD' },
  // It registers again after each connection that was lost.
  ACTIVE: { registered: 'ACTIVE', end: 'DEAD' },
  DEAD: { end: 'DEAD' },
};

/** null: the event cannot happen in this state. */
export function nextLifecycle(state: Lifecycle, event: LifecycleEvent): Lifecycle | null {
  return TABLE[state][event] ?? null;
}
