/** Keeps one thing (a link, a reader) per server of a ServerSet, as servers come and go. */
import type { Endpoint, Member, ServerSet } from '@murmur/discovery';
import { serverName } from './connection.js';

export interface MemberLink {
  /** The server has announced itself anew: no need to wait out a back-off. */
  nudge(): void;
  /** The server has left the set. */
  leave(): void;
}

export interface MemberLinks<L extends MemberLink> {
  all(): readonly L[];
  /** No more changes; the links are left to the caller. */
  unsubscribe(): void;
}

/** The memcache port: the main endpoint of a Kestrel, unless it names another. */
export function memcacheEndpoint(member: Member): Endpoint {
  return member.additionalEndpoints['memcache'] ?? member.serviceEndpoint;
}

export function linkMembers<L extends MemberLink>(
  set: ServerSet,
  open: (endpoint: Endpoint) => L,
): MemberLinks<L> {
  const links = new Map<string, { readonly link: L; memberName: string }>();
  let list: readonly L[] = [];

  function follow(members: readonly Member[]): void {
    const present = new Map(members.map((member) => [serverName(memcacheEndpoint(member)), member]));
    for (const [server, { link }] of links) {
      if (present.has(server)) continue;
      links.delete(server);
      link.leave();
    }
    for (const [server, member] of present) {
      const known = links.get(server);
      if (known === undefined) {
        links.set(server, { link: open(memcacheEndpoint(member)), memberName: member.name });
      } else if (known.memberName !== member.name) {
        known.memberName = member.name;
        known.link.nudge();
      }
    }
    list = [...links.values()].map(({ link }) => link);
  }

  const unsubscribe = set.onChange(follow);
  follow(set.members());
  return { all: () => list, unsubscribe };
}
