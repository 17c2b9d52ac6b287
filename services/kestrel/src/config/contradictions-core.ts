import type { Issue } from './units.js';

/** A name whose items go to other queues. */
export interface AliasConfig {
  readonly name: string;
  readonly destinations: readonly string[];
}

interface Entry {
  readonly fanoutOnly?: boolean | undefined;
  readonly expireToQueue?: string | null | undefined;
}

/** A config each of whose fields is allowed by itself. */
interface Checked {
  readonly default: Entry;
  readonly queues: readonly (Entry & {
    readonly name: string;
    readonly children?: readonly string[] | undefined;
  })[];
  readonly aliases: readonly AliasConfig[];
}

/** What each field allows by itself and the file as a whole does not: names used twice, loops, queues nobody can reach. */
export function* contradictionsOf(config: Checked): Generator<Issue> {
  yield* namesUsedTwice(config);
  yield* wrongChildren(config);
  yield* wrongAliases(config);
  yield* lostExpired(config);
}

/** Aliases whose destinations are queues: where one is an alias, what it stands for takes its place, each queue once. */
export function flatten(aliases: readonly AliasConfig[]): AliasConfig[] {
  const known = new Map(aliases.map(({ name, destinations }) => [name, destinations]));
  const reached = new Map<string, readonly string[]>();
  const reach = (name: string): readonly string[] => {
    const destinations = known.get(name);
    if (destinations === undefined) return [name];
    const ready = reached.get(name) ?? [...new Set(destinations.flatMap(reach))];
    reached.set(name, ready);
    return ready;
  };
  return aliases.map(({ name }) => ({ name, destinations: [...reach(name)] }));
}

function* namesUsedTwice({ queues, aliases }: Checked): Generator<Issue> {
  const message = 'a name that is not used twice';
  const seen = new Set<string>();
  for (const [index, { name }] of queues.entries()) {
    if (seen.has(name)) yield { path: ['queues', index, 'name'], message };
    seen.add(name);
  }
  const others = new Set<string>();
  for (const [index, { name }] of aliases.entries()) {
    const path = ['aliases', index, 'name'];
    if (others.has(name)) yield { path, message };
    if (seen.has(name))
      yield { path, message: 'a name without an entry in `queues`, which the alias would hide' };
    others.add(name);
  }
}

function* wrongChildren({ queues }: Checked): Generator<Issue> {
  for (const [index, { name, children = [], fanoutOnly }] of queues.entries()) {
    const at = ['queues', index] as const;
    if (children.length > 0 && name.includes('+'))
      yield { path: [...at, 'children'], message: 'no children below a child' };
    if (fanoutOnly === true && name.includes('+'))
      yield { path: [...at, 'fanoutOnly'], message: 'false: a child has no children to pass items on to' };
    if (new Set(children).size < children.length)
      yield { path: [...at, 'children'], message: 'each child once' };
  }
}

function* wrongAliases({ aliases }: Checked): Generator<Issue> {
  const known = new Map(aliases.map(({ name, destinations }) => [name, destinations]));
  for (const [index, { name, destinations }] of aliases.entries()) {
    const path = ['aliases', index, 'destinations'];
    if (destinations.includes(name)) yield { path, message: 'other queues than the alias itself' };
    else if (leadsTo(known, destinations, name))
      yield { path, message: 'queues that do not lead back to the alias' };
  }
}

/** Whether following aliases from these names comes to `wanted`. Each alias is looked at once. */
function leadsTo(
  known: ReadonlyMap<string, readonly string[]>,
  names: readonly string[],
  wanted: string,
): boolean {
  const next = [...names];
  const seen = new Set<string>();
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (name === wanted) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    next.push(...(known.get(name) ?? []));
  }
  return false;
}

function* lostExpired({ default: common, queues, aliases }: Checked): Generator<Issue> {
  const hidden = new Set(aliases.map(({ name }) => name));
  const entries = [
    { path: ['default', 'expireToQueue'], name: null, to: common.expireToQueue },
    ...queues.map(({ name, expireToQueue }, index) => ({
      path: ['queues', index, 'expireToQueue'],
      name,
      to: expireToQueue,
    })),
  ];
  for (const { path, name, to } of entries) {
    if (to === undefined || to === null) continue;
    if (to === name) yield { path, message: 'another queue' };
    if (hidden.has(to)) yield { path, message: 'a queue, not an alias: expired items go straight to it' };
  }
}
