import { resolvePortmap, type Announcer } from '@murmur/job-config';
import type { TaskInfo } from '@murmur/engine';

export type Ports = ReadonlyMap<string, number>;

/** The task asks for ports that it was not given. */
export class PortsError extends Error {
  override readonly name = 'PortsError';
}

/**
 * Which name has which port. Names that the scheduler wrote into the task's DiscoveryInfo count; the other requested names, in
 * sorted order, get what is left of the task's `ports` resource, in ascending order. So a scheduler that sends no names must
 * have given as many ports as `requestedPorts` says, and can compute the same.
 */
export function assignPorts(requested: readonly string[], task: TaskInfo): Ports {
  const named = new Map(
    (task.discovery?.ports?.ports ?? []).flatMap(({ name = '', number }) =>
      name === '' ? [] : [[name, number] as const],
    ),
  );
  const missing = [...requested].sort().filter((name) => !named.has(name));
  const taken = new Set(named.values());
  const free = portsOf(task, missing.length + taken.size).filter((port) => !taken.has(port));
  if (free.length < missing.length) {
    throw new PortsError(
      `ports: ${missing.join(', ')} must be assigned, but the task's resources leave ${free.length} for them`,
    );
  }
  return new Map([...named, ...missing.map((name, i) => [name, free[i] ?? 0] as const)]);
}

/** The first ports of the `ports` resources, ascending. */
function portsOf(task: TaskInfo, limit: number): number[] {
  const ranges = (task.resources ?? [])
    .filter(({ name }) => name === 'ports')
    .flatMap(({ ranges }) => ranges?.range ?? [])
    .sort((a, b) => a.begin - b.begin);
  const ports: number[] = [];
  for (const { begin, end } of ranges) {
    for (let port = begin; port <= end && ports.length < limit; port += 1) ports.push(port);
  }
  return ports;
}

/** The ports and every alias of the portmap that ends at one of them, or at a number. An assigned port wins over an alias. */
export function withAliases(ports: Ports, announce: Announcer | undefined): Ports {
  const resolved = resolvePortmap(announce?.portmap ?? {});
  const aliases = resolved.ok ? [...resolved.ports] : [];
  const all = new Map(
    aliases.flatMap(([alias, end]) => {
      const port = typeof end === 'number' ? end : ports.get(end);
      return port === undefined ? [] : [[alias, port] as const];
    }),
  );
  for (const [name, port] of ports) all.set(name, port);
  return all;
}
