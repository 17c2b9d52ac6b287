import type { AttributeConstraint } from '../model/config.js';
import { fullValue, opensTo, satisfiesValue, valuesOf } from './attributes-core.js';
import { isLeaving, type Slot } from './machines-core.js';
import type { Ask, PlaceContext, Veto, VetoKind } from './port.js';
import { printAmount, type Amounts } from './units-core.js';

/** How far away a fit is, by what forbids it (Aurora's scale): the first group that has a veto decides. */
export const VETO_SCORES = { dedicated: 1e6, draining: 1e5, constraint: 1e4, resourceMax: 1e3 } as const;

/** A veto before its text is made: of thousands of agents, one is shown. */
export interface Finding {
  readonly kind: VetoKind;
  readonly about: string;
  readonly score: number;
  readonly text: () => string;
}

export function told(findings: readonly Finding[]): readonly Veto[] {
  return findings.map(({ kind, about, score, text }) => ({ kind, about, score, text: text() }));
}

/** Why this agent does not take it; empty: it does. Of one group only: what is behind it changes nothing. `needs` is the ask's. */
export function vetoesOf(slot: Slot, ask: Ask, needs: Amounts, context: PlaceContext): readonly Finding[] {
  const foreign = dedicatedVeto(slot, ask.dedicated);
  if (foreign !== null) return [foreign];
  const leaving = drainingVeto(slot, context.now);
  if (leaving !== null) return [leaving];
  const constraints = constraintVetoes(slot, ask, context);
  if (constraints.length > 0) return constraints;
  return resourceVetoes(slot.free, needs);
}

/** What the vetoes weigh together; the least is the nearest fit. */
export function distanceOf(vetoes: readonly Finding[]): number {
  return vetoes.reduce((sum, { score }) => sum + score, 0);
}

function dedicatedVeto({ shared }: Slot, wanted: string | null): Finding | null {
  if (opensTo(shared.dedicated, wanted)) return null;
  const text = (): string => {
    const has = shared.dedicated.join(', ');
    return wanted === null
      ? `dedicated host: it takes only jobs for ${has}`
      : `dedicated host needed: ${wanted} needed, ${has === '' ? 'this one is not dedicated' : `${has} there`}`;
  };
  return { kind: 'dedicated', about: 'dedicated', score: VETO_SCORES.dedicated, text };
}

function drainingVeto({ machine }: Slot, now: number): Finding | null {
  const { mode, absentFrom } = machine;
  const veto = (text: string): Finding => ({
    kind: 'draining',
    about: 'mode',
    score: VETO_SCORES.draining,
    text: () => text,
  });
  if (mode === 'DRAINING' || mode === 'DRAINED') return veto(`host draining: it is ${mode}`);
  if (!isLeaving(machine, now)) return null;
  const seconds = Math.ceil(((absentFrom ?? now) - now) / 1000);
  return veto(seconds > 0 ? `host draining: it goes away in ${seconds} s` : 'host draining: it is away');
}

function constraintVetoes(slot: Slot, { job, constraints }: Ask, context: PlaceContext): readonly Finding[] {
  if (constraints.length === 0) return NOTHING;
  const found = constraints.flatMap((constraint) => constraintVeto(slot, job, constraint, context) ?? []);
  if (found.length < 2) return found;
  // Values before limits, whatever order they came in.
  return [
    ...found.filter(({ kind }) => kind === 'constraint'),
    ...found.filter(({ kind }) => kind === 'limit'),
  ];
}

function constraintVeto(
  { shared, machine }: Slot,
  job: string,
  { attribute, constraint }: AttributeConstraint,
  { limitCount }: PlaceContext,
): Finding | null {
  const values = valuesOf(shared, machine.host, attribute);
  const veto = (kind: 'constraint' | 'limit', text: () => string): Finding => ({
    kind,
    about: attribute,
    score: VETO_SCORES.constraint,
    text,
  });
  if (constraint.kind === 'value') {
    if (satisfiesValue(constraint, values)) return null;
    return veto('constraint', () => {
      const wanted = `${constraint.negated ? 'not ' : ''}${constraint.values.join(' or ')}`;
      const there = values.length === 0 ? 'none' : values.join(', ');
      return `constraint not satisfied: ${attribute}: ${wanted} needed, ${there} there`;
    });
  }
  const { limit } = constraint;
  if (values.length === 0)
    return veto(
      'constraint',
      () => `constraint not satisfied: ${attribute}: limit ${limit} needs one, none there`,
    );
  const full = fullValue(job, attribute, limit, values, limitCount);
  if (full === null) return null;
  const count = limitCount(job, attribute, full);
  return veto(
    'limit',
    () => `limit not satisfied: ${attribute}: at most ${limit} on ${full} allowed, ${count} there`,
  );
}

const RESOURCES = [
  ['cpu', 'cpu', ''],
  ['ram', 'mem', ' MB'],
  ['disk', 'disk', ' MB'],
  ['gpu', 'gpu', ''],
] as const satisfies readonly (readonly [string, keyof Amounts, string])[];

const NOTHING: readonly Finding[] = [];

function resourceVetoes(free: Amounts, needs: Amounts): readonly Finding[] {
  let short: Finding[] | null = null;
  for (const [about, of, unit] of RESOURCES)
    if (free[of] < needs[of])
      (short ??= []).push(resourceVeto(about, needs[of], free[of], (amount) => printAmount(amount) + unit));
  if (free.ports < needs.ports) (short ??= []).push(resourceVeto('ports', needs.ports, free.ports, String));
  return short ?? NOTHING;
}

/** The score is the share of the need that is missing. */
function resourceVeto(about: string, need: number, free: number, print: (amount: number) => string): Finding {
  const missing = Math.min(1, (need - free) / need);
  return {
    kind: 'resource',
    about,
    score: Math.max(1, Math.ceil(missing * VETO_SCORES.resourceMax)),
    text: () => `insufficient ${about}: ${print(need)} needed, ${print(free)} free`,
  };
}
