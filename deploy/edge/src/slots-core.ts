/**
 * HAProxy cannot be given new servers at runtime without care, but a server's address and state can be changed. So each
 * backend has a fixed number of slots, and a member takes one for as long as it is in its ServerSet.
 */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One entry per slot, null where nobody is. */
export type Slots = readonly (Address | null)[];

export interface Placement {
  readonly slots: Slots;
  /** Members for which there was no slot. */
  readonly unplaced: number;
}

export function emptySlots(count: number): Slots {
  return Array.from({ length: count }, () => null);
}

/** Members keep their slots; those who left free theirs; new ones take free slots, lowest first. Two at one address count once. */
export function placeMembers(slots: Slots, members: readonly Address[]): Placement {
  const wanted = new Map(members.map((member) => [keyOf(member), member]));
  const kept = slots.map((slot) => (slot !== null && wanted.delete(keyOf(slot)) ? slot : null));
  const arriving = [...wanted.values()];
  // A slot that was free before is better than one just left: connections to the old address may linger there.
  const free = kept.flatMap((slot, index) => (slot === null ? [index] : []));
  free.sort((a, b) => Number(slots[a] !== null) - Number(slots[b] !== null) || a - b);
  const placed = [...kept];
  for (const index of free) placed[index] = arriving.shift() ?? null;
  return { slots: placed, unplaced: arriving.length };
}

/** The runtime API commands that take a backend from one placement to the next; from null (not known) they say everything. */
export function slotCommands(backend: string, before: Slots | null, after: Slots): string[] {
  return after.flatMap((slot, index) => {
    const old = before?.[index] ?? null;
    const server = `${backend}/${slotName(index)}`;
    if (slot === null) return before !== null && old === null ? [] : [`set server ${server} state maint`];
    if (old !== null && keyOf(old) === keyOf(slot)) return [];
    return [
      ...(old === null ? [] : [`set server ${server} state maint`]),
      `set server ${server} addr ${slot.host} port ${slot.port}`,
      `set server ${server} state ready`,
    ];
  });
}

export function slotName(index: number): string {
  return `slot${index}`;
}

/** A host that is no plain address or name would end up inside a configuration or a command. */
export function isSafeHost(host: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z.:-]{0,252}$/.test(host);
}

function keyOf(address: Address): string {
  return `${address.host}:${address.port}`;
}
