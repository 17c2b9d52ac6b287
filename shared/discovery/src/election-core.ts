/** Who leads, as Mesos's masters agree on it in ZooKeeper (`src/zookeeper/group.cpp`, `contender.cpp`, `detector.cpp`). */

/** A child that takes part: `json.info_0000000003` has label `json.info` and number 3, `0000000003` has no label. */
export interface Candidate {
  readonly name: string;
  readonly label: string | null;
  readonly sequence: number;
}

/** Null for a child that takes no part, such as `log_replicas`. */
export function readCandidate(name: string): Candidate | null {
  const match = /^(?:(.*)_)?(\d{1,15})$/.exec(name);
  return match === null ? null : { name, label: match[1] ?? null, sequence: Number(match[2]) };
}

/** The leader: the smallest number, whatever the label. Null where nobody takes part. */
export function firstCandidate(names: readonly string[]): Candidate | null {
  return names
    .map(readCandidate)
    .reduce(
      (first, each) => (each !== null && (first === null || each.sequence < first.sequence) ? each : first),
      null,
    );
}

/** `contending`: no node yet; `candidate`: another one leads; `lost`: led, and may not any more, for good. */
export type ContenderState = 'contending' | 'candidate' | 'leader' | 'lost' | 'resigned';

/**
 * `first`/`behind`: own node is there, and is the smallest or not; `absent`: it is not (any more); `silent`: ZooKeeper was
 * not heard for so long that it may have given the node away; `resign`: the owner wants no part in it any more.
 */
export type ContenderEvent = 'first' | 'behind' | 'absent' | 'silent' | 'resign';

/**
 * A follower that lost its node contends again. A leader that lost it, or cannot know, has lost for good: others may
 * have begun to act, so it must not act in between, and what it believes is stale.
 */
const TABLE: Readonly<Record<ContenderState, Readonly<Record<ContenderEvent, ContenderState>>>> = {
  contending: {
    first: 'leader',
    behind: 'candidate',
    absent: 'contending',
    silent: 'contending',
    resign: 'resigned',
  },
  candidate: {
    first: 'leader',
    behind: 'candidate',
    absent: 'contending',
    silent: 'candidate',
    resign: 'resigned',
  },
  leader: { first: 'leader', behind: 'lost', absent: 'lost', silent: 'lost', resign: 'resigned' },
  lost: { first: 'lost', behind: 'lost', absent: 'lost', silent: 'lost', resign: 'lost' },
  resigned: {
    first: 'resigned',
    behind: 'resigned',
    absent: 'resigned',
    silent: 'resigned',
    resign: 'resigned',
  },
};

export function nextContenderState(state: ContenderState, event: ContenderEvent): ContenderState {
  return TABLE[state][event];
}
