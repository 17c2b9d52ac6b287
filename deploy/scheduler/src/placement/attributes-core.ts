import type { AttributeConstraint } from '../model/config.js';
import type { LimitCount } from './port.js';

/** Where an agent runs; every agent has it, whatever attributes it was given. */
export const HOST = 'host';
/** Agents with it take nothing but jobs that ask for one of its values. */
export const DEDICATED = 'dedicated';

export type Attributes = Readonly<Record<string, readonly string[]>>;

/** Agents with equal attributes share one of these, and with it every verdict that depends on attributes alone. */
export interface AttributeClass {
  readonly key: string;
  readonly attributes: Attributes;
  readonly dedicated: readonly string[];
}

/** Classes by their content; counted, so that attributes nobody has any more are forgotten. */
export class AttributeClasses {
  readonly #classes = new Map<string, { readonly shared: AttributeClass; users: number }>();

  take(attributes: Attributes): AttributeClass {
    const names = Object.keys(attributes).filter((name) => name !== HOST);
    const entries = names.sort().map((name) => [name, [...new Set(attributes[name])].sort()] as const);
    const key = JSON.stringify(entries);
    let known = this.#classes.get(key);
    if (known === undefined) {
      const own = Object.fromEntries(entries);
      known = { shared: { key, attributes: own, dedicated: own[DEDICATED] ?? [] }, users: 0 };
      this.#classes.set(key, known);
    }
    known.users++;
    return known.shared;
  }

  release({ key }: AttributeClass): void {
    const known = this.#classes.get(key);
    if (known !== undefined && --known.users === 0) this.#classes.delete(key);
  }
}

/** The values that an agent of this class on this host has; empty: it lacks the attribute. */
export function valuesOf(shared: AttributeClass, host: string, attribute: string): readonly string[] {
  if (attribute === HOST) return [host];
  return Object.hasOwn(shared.attributes, attribute) ? (shared.attributes[attribute] ?? []) : [];
}

/** (agent's values ∩ wanted ≠ ∅) XOR negated: an absent attribute satisfies a negated constraint only. */
export function satisfiesValue(
  constraint: Extract<AttributeConstraint['constraint'], { kind: 'value' }>,
  values: readonly string[],
): boolean {
  return values.some((value) => constraint.values.includes(value)) !== constraint.negated;
}

/** The first value with as many of the job as allowed; null: one more may come. */
export function fullValue(
  job: string,
  attribute: string,
  limit: number,
  values: readonly string[],
  limitCount: LimitCount,
): string | null {
  return values.find((value) => limitCount(job, attribute, value) >= limit) ?? null;
}

/** Whether agents with these values of `dedicated` are for this job: those of others are closed to it, and it goes nowhere else. */
export function opensTo(dedicated: readonly string[], wanted: string | null): boolean {
  return wanted === null ? dedicated.length === 0 : dedicated.includes(wanted);
}
