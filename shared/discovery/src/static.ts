import { aliveMember, MEMBER_PREFIX } from './codec.js';
import { emptyView, found } from './view-core.js';
import type { Endpoint, Member, NewMember, ServerSet } from './types.js';

/** A member as a test or a benchmark would write it; an endpoint stands for a member that is ALIVE there. */
export type StaticMember = Member | NewMember | Endpoint;

export interface StaticServerSet extends ServerSet {
  /** Replaces the members; listeners are called if that changes anything. */
  set(members: readonly StaticMember[]): void;
}

const SEQUENCE_DIGITS = 10;

function isNamed(member: Member | NewMember): member is Member {
  return 'name' in member;
}

/** A set without ZooKeeper. An endpoint keeps its name while it stays in; coming back it has another, as in ZooKeeper. */
export function staticServerSet(members: readonly StaticMember[], path = '/static'): StaticServerSet {
  const listeners = new Set<(members: readonly Member[]) => void>();
  let sequence = 0;
  let names = new Map<string, string>();
  let view = emptyView;

  const named = (given: StaticMember, previous: ReadonlyMap<string, string>): Member => {
    const member = 'serviceEndpoint' in given ? given : aliveMember(given);
    const key = `${member.serviceEndpoint.host}:${member.serviceEndpoint.port}`;
    const name = isNamed(member) ? member.name : (previous.get(key) ?? nextName());
    names.set(key, name);
    return { ...member, name };
  };
  const nextName = (): string => {
    sequence += 1;
    return MEMBER_PREFIX + String(sequence - 1).padStart(SEQUENCE_DIGITS, '0');
  };
  const set = (next: readonly StaticMember[]): void => {
    const before = view.members;
    const previous = names;
    names = new Map();
    view = found(
      view,
      next.map((member) => named(member, previous)),
      0,
    );
    if (view.members !== before) for (const listener of [...listeners]) listener(view.members);
  };
  set(members);

  return {
    path,
    members: () => view.members,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ready: () => Promise.resolve(),
    close: () => listeners.clear(),
    set,
  };
}
