/** A folder that may be removed some day. */
export interface Candidate {
  readonly path: string;
  /** Unix ms of its last change. */
  readonly changedAt: number;
}

export interface GcPolicy {
  /** How long a folder is kept after its last change when the disk is empty, ms. */
  readonly delayMs: number;
  /** Part of the disk, 0 to 1, that is to be kept free. */
  readonly headroom: number;
  /** Most folders removed in one turn. */
  readonly maxPerTurn: number;
}

/** How old a folder may become, ms, on a disk of which `usage` (0 to 1) is taken: Mesos's rule. */
export function maxAge(policy: Pick<GcPolicy, 'delayMs' | 'headroom'>, usage: number): number {
  return policy.delayMs * Math.max(0, 1 - policy.headroom - usage);
}

/** The folders to remove now, oldest first. Pure; those in use must have been left out. */
export function dueFolders(
  candidates: readonly Candidate[],
  usage: number,
  policy: GcPolicy,
  now: number,
): readonly string[] {
  const age = maxAge(policy, usage);
  return candidates
    .filter(({ changedAt }) => now - changedAt >= age)
    .sort((a, b) => a.changedAt - b.changedAt)
    .slice(0, policy.maxPerTurn)
    .map(({ path }) => path);
}
