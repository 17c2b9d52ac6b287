import { containerKind, INSTANCE_ID_MAX, TIERS } from '@murmur/job-config';
import type { Job } from '@murmur/job-config';
import { configOf, storedConfigOf, tierNameOf } from './config-core.js';
import { done, INSTANCES_MAX, makeTasks, overLimit, ranges, refuse, sentence } from './commands-core.js';
import type { CommandOptions, CommandTurn, Of, Refused, Result } from './commands-core.js';

export function create(command: CommandTurn, { job }: Of<'create'>): Result {
  const { turn, options } = command;
  const config = configOf(storedConfigOf(job, options.hash));
  const refused = unsupported(job, options);
  if (refused !== null) return refused;
  if (job.instances > INSTANCES_MAX) return overLimit(config.jobKey, job.instances);
  const active = turn.tx.activeOfJob(config.jobKey).length;
  if (active > 0) return refuse('job-exists', sentence(active, config.jobKey, 'active already'));
  const reason = command.neverFits(config);
  if (reason !== null) return refuse('never-fits', `${config.jobKey} can never run here: ${reason}`);
  const instances = numbers(0, job.instances);
  makeTasks(command, config, instances, 'Created');
  return done(sentence(instances.length, config.jobKey, 'pending'), instances);
}

/** Why this scheduler does not run such a job. */
function unsupported(job: Job, { cluster, allowGpu }: CommandOptions): Refused | null {
  if (cluster !== undefined && job.cluster !== cluster) {
    return refuse('invalid-job', `cluster: ${job.cluster} is not this cluster, which is ${cluster}`);
  }
  const tier = tierNameOf(job);
  if (!Object.hasOwn(TIERS, tier)) {
    return refuse('invalid-job', `tier: ${tier} is none of ${Object.keys(TIERS).join(', ')}`);
  }
  if (job.cron_schedule !== undefined) {
    return refuse('not-supported', `cron_schedule: this scheduler does not run cron jobs`);
  }
  const container = containerKind(job.container);
  if (container.kind === 'docker' || container.mesos.image !== undefined) {
    return refuse('not-supported', 'container: this scheduler does not run images');
  }
  if (container.mesos.volumes.length > 0) {
    return refuse('not-supported', 'container: this scheduler does not mount volumes');
  }
  if (job.task.resources.gpu > 0 && allowGpu !== true) {
    return refuse(
      'not-supported',
      `task.resources.gpu: this scheduler gives no GPUs, ${job.task.resources.gpu} asked`,
    );
  }
  return null;
}

/** Clones the config of an instance at the numbers after the highest. */
export function add(command: CommandTurn, { job, instance, count }: Of<'add'>): Result {
  const { tx } = command.turn;
  if (!Number.isSafeInteger(count) || count < 1)
    return refuse('bad-request', `count: ${count} is not 1 or more`);
  const model = tx.activeInstance(job, instance);
  if (model === undefined) return refuse('not-found', `${job} has no active instance ${instance}`);
  const active = tx.activeOfJob(job);
  if (active.length + count > INSTANCES_MAX) return overLimit(job, active.length + count);
  const first = (active.at(-1)?.instance ?? -1) + 1;
  if (first + count - 1 > INSTANCE_ID_MAX) {
    return refuse('limit-exceeded', `${job}: there is no instance above ${INSTANCE_ID_MAX}`);
  }
  const instances = numbers(first, count);
  makeTasks(command, command.turn.config(model), instances, `Added, like instance ${instance}`);
  return done(`${sentence(count, job, 'pending')}: ${ranges(instances)}`, instances);
}

function numbers(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
