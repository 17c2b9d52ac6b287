import type { Announcer, HealthCheckConfig } from './service-schema-core.js';
import { portOf, refs, texts } from './template-core.js';
import type { Task } from './thermos-schema-core.js';

/** Where each name of a portmap ends: at a fixed port number, or at the name of a port that the scheduler gives. */
export type ResolvedPortmap = ReadonlyMap<string, string | number>;
export type PortmapResult =
  | { readonly ok: true; readonly ports: ResolvedPortmap }
  /** The names that lead back to the first of them. */
  | { readonly ok: false; readonly cycle: readonly string[] };

const FIXED_PORT = /^\s*\+?\d+\s*$/;

/** Follows every alias to its end: `{http: '80', aurora: 'http', x: 'y'}` becomes http 80, aurora 80, x 'y'. */
export function resolvePortmap(portmap: Readonly<Record<string, string>>): PortmapResult {
  const links = new Map(Object.entries(portmap));
  const ports = new Map<string, string | number>();
  for (const name of links.keys()) {
    const trail = new Set<string>();
    let end = name;
    for (let next = links.get(name); next !== undefined; next = links.get(end)) {
      // `http: 'http'` is no cycle: the alias names the port itself.
      if (next === end) break;
      if (trail.has(end)) return { ok: false, cycle: [...trail, end].slice([...trail].indexOf(end)) };
      trail.add(end);
      end = next;
    }
    ports.set(name, fixedPort(end) ?? end);
  }
  return { ok: true, ports };
}

/** The number of a portmap value that is one, else undefined. */
export function fixedPort(value: string): number | undefined {
  return FIXED_PORT.test(value) ? Number(value) : undefined;
}

/** What of a job says which ports it needs. */
export interface PortUser {
  readonly task: Task;
  readonly announce?: Announcer;
  readonly health_check_config: HealthCheckConfig;
}

/**
 * The names of the ports that an instance needs from the scheduler, sorted: those that a text of the task or of the health check
 * refers to as `{{thermos.ports[name]}}` and those at which an alias of the portmap ends, without those that end at a number.
 * (Aurora does not look into the health check: a port used there alone stays unresolved and fails the task.)
 */
export function requestedPorts({ task, announce, health_check_config }: PortUser): readonly string[] {
  const portmap = resolvePortmap(announce?.portmap ?? {});
  const resolved: ResolvedPortmap = portmap.ok ? portmap.ports : new Map();
  const referred = referredPorts([task, health_check_config]).map((name) => resolved.get(name) ?? name);
  const names = [...resolved.values(), ...referred].filter((port) => typeof port === 'string');
  return [...new Set(names)].sort();
}

function referredPorts(value: unknown): readonly string[] {
  return [...texts(value, '')].flatMap(([, text]) => refs(text)).flatMap((address) => portOf(address) ?? []);
}
