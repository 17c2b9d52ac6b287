import type { Termination } from './types.js';

/** Where a container is between its launch and its end. */
export type Phase = 'preparing' | 'running' | 'destroying' | 'gone';

export interface ContainerState {
  readonly phase: Phase;
  readonly status: number | null;
  readonly limitation: Termination['limitation'];
}

export type ContainerEvent =
  /** Its first process runs. */
  | { readonly kind: 'started' }
  /** It could not be started; nothing of it is left. */
  | { readonly kind: 'failed' }
  /** Its first process ended; `status` is waitpid's word, null where nobody can know it. */
  | { readonly kind: 'ended'; readonly status: number | null }
  | { readonly kind: 'limit'; readonly limitation: NonNullable<Termination['limitation']> }
  | { readonly kind: 'destroy' }
  /** No process and no cgroup of it is left. */
  | { readonly kind: 'cleared'; readonly status: number | null };

/** `abort`: stop preparing; `clear`: end every process, remove the cgroups; `report`: answer those who wait. */
export type ContainerEffect = 'abort' | 'clear' | 'report';

export interface ContainerStep {
  readonly state: ContainerState;
  readonly effects: readonly ContainerEffect[];
}

export const PREPARING: ContainerState = { phase: 'preparing', status: null, limitation: null };

/**
 * What an event makes of a container. Pure. The end of the first process ends the container. The first status and the first
 * limitation that became known are kept: what is found while everything is being ended is a consequence.
 */
export function stepContainer(state: ContainerState, event: ContainerEvent): ContainerStep {
  switch (state.phase) {
    case 'preparing':
      return whilePreparing(state, event);
    case 'running':
      return whileRunning(state, event);
    case 'destroying':
      return whileDestroying(state, event);
    case 'gone':
      return { state, effects: [] };
  }
}

function whilePreparing(state: ContainerState, event: ContainerEvent): ContainerStep {
  switch (event.kind) {
    case 'started':
      return { state: { ...state, phase: 'running' }, effects: [] };
    case 'failed':
      return { state: { ...state, phase: 'gone' }, effects: ['report'] };
    case 'destroy':
      return { state: { ...state, phase: 'destroying' }, effects: ['abort'] };
    case 'ended':
    case 'limit':
    case 'cleared':
      return { state, effects: [] };
  }
}

function whileRunning(state: ContainerState, event: ContainerEvent): ContainerStep {
  switch (event.kind) {
    case 'ended':
      return { state: { ...state, phase: 'destroying', status: event.status }, effects: ['clear'] };
    case 'limit':
      return { state: { ...state, phase: 'destroying', limitation: event.limitation }, effects: ['clear'] };
    case 'destroy':
      return { state: { ...state, phase: 'destroying' }, effects: ['clear'] };
    case 'started':
    case 'failed':
    case 'cleared':
      return { state, effects: [] };
  }
}

function whileDestroying(state: ContainerState, event: ContainerEvent): ContainerStep {
  switch (event.kind) {
    // Destroyed while it was being prepared, and started nevertheless.
    case 'started':
      return { state, effects: ['clear'] };
    case 'failed':
      return { state: { ...state, phase: 'gone' }, effects: ['report'] };
    case 'ended':
      return { state: { ...state, status: state.status ?? event.status }, effects: [] };
    case 'limit':
      return { state: { ...state, limitation: state.limitation ?? event.limitation }, effects: [] };
    case 'cleared':
      return {
        state: { ...state, phase: 'gone', status: state.status ?? event.status },
        effects: ['report'],
      };
    case 'destroy':
      return { state, effects: [] };
  }
}
