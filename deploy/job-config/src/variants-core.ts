import type { AnyContainer, Docker, Mesos } from './container-schema-core.js';
import type {
  CoordinatorSlaPolicy,
  CountSlaPolicy,
  PercentageSlaPolicy,
  SlaPolicy,
  UpdateConfig,
} from './update-schema-core.js';

/** JSON does not say which alternative of a choice a value is. These do, so that the rest can switch over a word. */

/** How an update goes through the instances. */
export type UpdateStrategy =
  /** At most `batchSize` instances in flight, a sliding window. */
  | { readonly kind: 'queue'; readonly batchSize: number }
  /** Groups with a barrier between them; the last size repeats. */
  | { readonly kind: 'batch'; readonly batchSizes: readonly number[]; readonly autopause: boolean };

/**
 * The strategy an update config asks for. Without one: batches of `batch_size` if `wait_for_batch_completion`, else a queue of it.
 * (Aurora's own client fails on an explicit queue or batch strategy; here they work.)
 */
export function updateStrategy(config: UpdateConfig): UpdateStrategy {
  const strategy = config.update_strategy;
  if (strategy === undefined) {
    return config.wait_for_batch_completion
      ? { kind: 'batch', batchSizes: [config.batch_size], autopause: false }
      : { kind: 'queue', batchSize: config.batch_size };
  }
  if ('batch_sizes' in strategy) {
    return { kind: 'batch', batchSizes: strategy.batch_sizes, autopause: strategy.autopause_after_batch };
  }
  return 'autopause_after_batch' in strategy
    ? { kind: 'batch', batchSizes: [strategy.batch_size], autopause: strategy.autopause_after_batch }
    : { kind: 'queue', batchSize: strategy.batch_size };
}

export type ContainerKind =
  { readonly kind: 'docker'; readonly docker: Docker } | { readonly kind: 'mesos'; readonly mesos: Mesos };

/** What an instance runs in; no container is Mesos's own without an image. */
export function containerKind(container: AnyContainer | undefined): ContainerKind {
  if (container === undefined) return { kind: 'mesos', mesos: { volumes: [] } };
  if ('docker' in container) return { kind: 'docker', docker: container.docker };
  // `parameters` has a default, so a parsed Docker always has it, and Mesos never.
  if ('parameters' in container) return { kind: 'docker', docker: container };
  return { kind: 'mesos', mesos: container };
}

export type SlaPolicyKind =
  | { readonly kind: 'percentage'; readonly policy: PercentageSlaPolicy }
  | { readonly kind: 'count'; readonly policy: CountSlaPolicy }
  | { readonly kind: 'coordinator'; readonly policy: CoordinatorSlaPolicy };

export function slaPolicyKind(policy: SlaPolicy): SlaPolicyKind {
  if ('percentage' in policy) return { kind: 'percentage', policy };
  return 'count' in policy ? { kind: 'count', policy } : { kind: 'coordinator', policy };
}
