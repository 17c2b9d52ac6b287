import {
  addAgent,
  allocate,
  answerInverseOffer,
  deactivateFramework,
  inverseOfferStatuses,
  inverseOffers,
  removeFramework,
  reviveOffers,
  updateUnavailability,
  type AllocatorState,
  type InverseOfferAnswer,
} from '../../src/allocator/index.js';
import { agent, cluster, framework, seeded } from './cluster.js';

const WINDOW = { startMs: 1000, durationMs: null };

function underMaintenance(): AllocatorState {
  const state = cluster([framework('f'), framework('g')], [agent('a', 'cpus:4'), agent('b', 'cpus:4')]);
  allocate(state, 0, seeded(1), ['a']);
  updateUnavailability(state, 'a', WINDOW);
  updateUnavailability(state, 'b', WINDOW);
  return state;
}
const asked = (state: AllocatorState, now = 0): readonly string[] =>
  inverseOffers(state, now).map((offer) => `${offer.frameworkId} ${offer.agentId}`);
function answer(
  state: AllocatorState,
  given: InverseOfferAnswer | null,
  filters: { refuse_seconds?: number } | null = {},
): void {
  answerInverseOffer(state, { frameworkId: 'f', agentId: 'a', answer: given, filters }, 0);
}

describe('inverse offers', () => {
  it('ask whoever holds something of an agent that is to leave, once', () => {
    const state = underMaintenance();
    expect(inverseOffers(state, 0)).toEqual([{ frameworkId: 'f', agentId: 'a', unavailability: WINDOW }]);
    expect(asked(state)).toEqual([]);
  });

  it('are repeated once the filter of the answer ended, and keep the last answer', () => {
    const state = underMaintenance();
    asked(state);
    answer(state, 'DECLINE', { refuse_seconds: 60 });
    expect(asked(state, 59_999)).toEqual([]);
    expect(asked(state, 60_000)).toEqual(['f a']);
    answer(state, 'ACCEPT', { refuse_seconds: 0 });
    expect(asked(state)).toEqual(['f a']);
    expect(inverseOfferStatuses(state)).toEqual(
      new Map([['a', [{ frameworkId: 'f', answer: 'ACCEPT', atMs: 0 }]]]),
    );
  });

  it('are repeated at once where they were rescinded, or the framework revives', () => {
    const state = underMaintenance();
    asked(state);
    answer(state, null, null);
    expect(inverseOfferStatuses(state).size).toBe(0);
    expect(asked(state)).toEqual(['f a']);
    answer(state, 'DECLINE');
    reviveOffers(state, 'f', []);
    expect(asked(state)).toEqual(['f a']);
  });

  it('start anew when the maintenance is moved, and end when it is taken back', () => {
    const state = underMaintenance();
    asked(state);
    answer(state, 'DECLINE');
    updateUnavailability(state, 'a', { startMs: 2000, durationMs: 500 });
    expect(inverseOfferStatuses(state).size).toBe(0);
    expect(asked(state)).toEqual(['f a']);
    updateUnavailability(state, 'a', null);
    expect(asked(state)).toEqual([]);
  });

  it('are not made to frameworks that are away or gone, nor for agents that are', () => {
    const state = underMaintenance();
    deactivateFramework(state, 'f');
    expect(asked(state)).toEqual([]);
    removeFramework(state, 'f');
    expect(asked(state)).toEqual([]);
    addAgent(state, agent('a', 'cpus:4'));
    expect(asked(state)).toEqual([]);
    answerInverseOffer(state, { frameworkId: 'f', agentId: 'gone', answer: 'ACCEPT', filters: {} }, 0);
  });
});
