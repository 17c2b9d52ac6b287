import type { Machine, Placer, Refusal, Veto } from './placement/port.js';

/** First fit, until there is a better one. */
export function createPlacer(): Placer {
  const machines = new Map<string, Machine>();
  const vetoes: Placer['vetoes'] = (agentId, ask) => {
    const machine = machines.get(agentId);
    if (machine === undefined) return [];
    const out: Veto[] = [];
    if (machine.free.cpus < ask.needs.cpus)
      out.push({ kind: 'resource', about: 'cpu', score: 1, text: 'insufficient cpu' });
    if (machine.free.memMb < ask.needs.memMb)
      out.push({ kind: 'resource', about: 'ram', score: 1, text: 'insufficient ram' });
    if (machine.freePorts < ask.ports)
      out.push({ kind: 'resource', about: 'ports', score: 1, text: 'insufficient ports' });
    return out;
  };
  const place: Placer['place'] = (ask, context) =>
    [...machines.keys()].find((id) => vetoes(id, ask, context).length === 0) ?? null;
  return {
    set: (machine) => void machines.set(machine.agentId, machine),
    delete: (agentId) => void machines.delete(agentId),
    take: (agentId, ask) => {
      const machine = machines.get(agentId);
      if (machine === undefined) return;
      const { free } = machine;
      machines.set(agentId, {
        ...machine,
        free: { ...free, cpus: free.cpus - ask.needs.cpus, memMb: free.memMb - ask.needs.memMb },
        freePorts: machine.freePorts - ask.ports,
      });
    },
    place,
    vetoes,
    explain: () => ({ nearest: null, counts: { resource: machines.size } }),
    capacity: () => ({ count: 0, refusal: null }),
    get size() {
      return machines.size;
    },
  };
}

export function refusalText(refusal: Refusal): string {
  return JSON.stringify(refusal);
}
