import type { AgentInfo, Attribute } from '@murmur/engine';
import { bundleOf, contains, equals } from '../resources/index.js';

export const RECONFIGURATION_POLICIES = ['equal', 'additive'] as const;
export type ReconfigurationPolicy = (typeof RECONFIGURATION_POLICIES)[number];

/**
 * Why an agent that was `before` must not come back as `now` under its old id, or null. `equal`: nothing changes.
 * `additive`: resources may grow and attributes may be added (Mesos's `--reconfiguration_policy`).
 */
export function incompatible(
  before: AgentInfo,
  now: AgentInfo,
  policy: ReconfigurationPolicy,
): string | null {
  if (before.hostname !== now.hostname) return changed('hostname', before.hostname, now.hostname, policy);
  if (before.port !== now.port) return changed('port', String(before.port), String(now.port), policy);
  const [had, has] = [bundleOf(before.resources), bundleOf(now.resources)];
  const fits = policy === 'equal' ? equals(had, has) : contains(has, had);
  if (!fits)
    return changed('resources', JSON.stringify(before.resources), JSON.stringify(now.resources), policy);
  const old = attributeTexts(before.attributes);
  const present = attributeTexts(now.attributes);
  const kept =
    [...old].every((text) => present.has(text)) && (policy === 'additive' || old.size === present.size);
  return kept ? null : changed('attributes', [...old].join(';'), [...present].join(';'), policy);
}

function changed(what: string, before: string, now: string, policy: ReconfigurationPolicy): string {
  const allowed =
    policy === 'equal' ? 'nothing may change' : 'resources may only grow, attributes only be added';
  return `${what} were ${before} and are ${now} now; with --reconfiguration-policy ${policy} ${allowed}. Restore them, or remove the work dir's meta folder and begin as a new agent`;
}

function attributeTexts(attributes: readonly Attribute[] | undefined): ReadonlySet<string> {
  return new Set((attributes ?? []).map((attribute) => JSON.stringify(attribute)));
}
