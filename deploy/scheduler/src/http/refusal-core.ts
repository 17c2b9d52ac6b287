import type { Refusal, VetoKind } from '../placement/port.js';

/** What agents that refused for this have in common: one agent, several. */
const WORDS: Readonly<Record<VetoKind, readonly [string, string]>> = {
  resource: ['has too little free', 'have too little free'],
  constraint: ['does not meet a constraint', 'do not meet a constraint'],
  limit: ['has as many of the job as a limit allows', 'have as many of the job as a limit allows'],
  draining: ['is being emptied for maintenance', 'are being emptied for maintenance'],
  dedicated: ['is not open to it (dedicated)', 'are not open to it (dedicated)'],
  'no-agents': ['is missing', 'are missing'],
};
const ORDER = Object.keys(WORDS) as readonly VetoKind[];

/**
 * Why nothing fits, without a full stop: `of 3 agents, 2 have too little free and 1 is not open to it (dedicated); nearest is agent-b:
 * insufficient cpu: 1 needed, 0.5 free`.
 */
export function refusalText({ nearest, counts }: Refusal): string {
  const groups = ORDER.flatMap((kind) => {
    const count = kind === 'no-agents' ? 0 : (counts[kind] ?? 0);
    return count === 0 ? [] : [{ kind, count }];
  });
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const end =
    nearest === null
      ? ''
      : `nearest is ${nearest.host}: ${nearest.vetoes.map(({ text }) => text).join(', ')}`;
  if (total === 0) return end === '' ? 'no agent offers anything' : end;
  const [only] = groups;
  const parts = groups.map(({ kind, count }) => `${count} ${WORDS[kind][count === 1 ? 0 : 1]}`);
  const said =
    total === 1 && only !== undefined
      ? `the only agent ${WORDS[only.kind][0]}`
      : groups.length === 1 && only !== undefined
        ? `all ${total} agents ${WORDS[only.kind][1]}`
        : `of ${total} agents, ${listed(parts)}`;
  return end === '' ? said : `${said}; ${end}`;
}

/** `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
