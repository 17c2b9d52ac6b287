import type { AttributeConstraint } from '../model/config.js';
import { fullValue, opensTo, satisfiesValue, valuesOf } from './attributes-core.js';
import { isLeaving, type Slot } from './machines-core.js';
import type { Ask, PlaceContext, Veto } from './port.js';
import { amountsOf, printAmount, type Amounts } from './units-core.js';

/** How far away a fit is, by what forbids it (Aurora's scale): the first group that has a veto decides. */
export const VETO_SCORES = { dedicated: 1e6, draining: 1e5, constraint: 1e4, resourceMax: 1e3 } as const;

/** Why this agent does not take it; empty: it does. Of one group only: what is behind it changes nothing. */
export function vetoesOf(slot: Slot, ask: Ask, context: PlaceContext): readonly Veto[] {
  const foreign = dedicatedVeto(slot, ask.dedicated);
  if (foreign !== null) return [foreign];
  const leaving = drainingVeto(slot, context.now);
  if (leaving !== null) return [leaving];
  const constraints = constraintVetoes(slot, ask, context);
  if (constraints.length > 0) return constraints;
  return resourceVetoes(slot.free, amountsOf(ask.needs, ask.ports));
}

/** What the vetoes weigh together; the least is the nearest fit. */
export function distanceOf(vetoes: readonly Veto[]): number {
  return vetoes.reduce((sum, { score }) => sum + score, 0);
}

function dedicatedVeto({ shared }: Slot, wanted: string | null): Veto | null {
  if (opensTo(shared.dedicated, wanted)) return null;
  const has = shared.dedicated.join(', ');
  const text =
    wanted === null
      ? `dedicated host: it takes only jobs for ${has}`
      : `dedicated host needed: ${wanted} needed, ${has === '' ? 'this one is not dedicated' : `${has} there`}`;
  return { kind: 'dedicated', about: 'dedicated', score: VETO_SCORES.dedicated, text };
}

function drainingVeto({ machine }: Slot, now: number): Veto | null {
  const { mode, absentFrom } = machine;
  const veto = (text: string): Veto => ({
    kind: 'draining',
    about: 'mode',
    score: VETO_SCORES.draining,
    text,
  });
  if (mode === 'DRAINING' || mode === 'DRAINED') return veto(`host draining: it is ${mode}`);
  if (!isLeaving(machine, now)) return null;
  const seconds = Math.ceil(((absentFrom ?? now) - now) / 1000);
  return veto(seconds > 0 ? `host draining: it goes away in ${seconds} s` : 'host draining: it is away');
}

function constraintVetoes(slot: Slot, { job, constraints }: Ask, context: PlaceContext): readonly Veto[] {
  const found = constraints.flatMap((constraint) => constraintVeto(slot, job, constraint, context) ?? []);
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
): Veto | null {
  const values = valuesOf(shared, machine.host, attribute);
  const there = values.length === 0 ? 'none' : values.join(', ');
  const veto = (kind: 'constraint' | 'limit', text: string): Veto => ({
    kind,
    about: attribute,
    score: VETO_SCORES.constraint,
    text,
  });
  if (constraint.kind === 'value') {
    if (satisfiesValue(constraint, values)) return null;
    const wanted = `${constraint.negated ? 'not ' : ''}${constraint.values.join(' or ')}`;
    return veto('constraint', `constraint not satisfied: ${attribute}: ${wanted} needed, ${there} there`);
  }
  const { limit } = constraint;
  if (values.length === 0)
    return veto('constraint', `constraint not satisfied: ${attribute}: limit ${limit} needs one, none there`);
  const full = fullValue(job, attribute, limit, values, limitCount);
  if (full === null) return null;
  const count = limitCount(job, attribute, full);
  return veto(
    'limit',
    `limit not satisfied: ${attribute}: at most ${limit} on ${full} allowed, ${count} there`,
  );
}

const RESOURCES = [
  ['cpu', 'cpu', ''],
  ['ram', 'mem', ' MB'],
  ['disk', 'disk', ' MB'],
  ['gpu', 'gpu', ''],
] as const satisfies readonly (readonly [string, keyof Amounts, string])[];

function resourceVetoes(free: Amounts, needs: Amounts): readonly Veto[] {
  const short = RESOURCES.flatMap(([about, of, unit]) =>
    free[of] >= needs[of]
      ? []
      : [resourceVeto(about, needs[of], free[of], (amount) => `${printAmount(amount)}${unit}`)],
  );
  return free.ports >= needs.ports
    ? short
    : [...short, resourceVeto('ports', needs.ports, free.ports, String)];
}

/** The score is the share of the need that is missing. */
function resourceVeto(about: string, need: number, free: number, print: (amount: number) => string): Veto {
  const missing = Math.min(1, (need - free) / need);
  return {
    kind: 'resource',
    about,
    score: Math.max(1, Math.ceil(missing * VETO_SCORES.resourceMax)),
    text: `insufficient ${about}: ${print(need)} needed, ${print(free)} free`,
  };
}
