import { MB, parseJob } from '@murmur/job-config';
import type { CapacityShape } from '@murmur/scheduler-api';
import type { Backend } from '../backend.js';
import type { Sizes } from '../model/agent.js';
import type { TaskConfig } from '../model/config.js';
import { jobKeyOf } from '../state/config-core.js';
import { taskConfigOf } from '../state/config.js';
import type { Handlers } from './call.js';
import { keyOfParams, newestFirst, tasksOf } from './handle-jobs.js';
import { jobOf } from './input.js';
import { refusalText } from './refusal-core.js';
import { Refused } from './refused.js';
import { keyView } from './views-core.js';

/** Where counting stops when the request does not say. */
export const CAPACITY_MAX_DEFAULT = 1_000;

export const capacityHandlers: Handlers<'capacity' | 'jobCapacity'> = {
  capacity: ({ body, backend, context }) => {
    const { job: json, resources, max } = body;
    if ((json === undefined) === (resources === undefined))
      throw new Refused('bad-request', "the body has to have either 'job' or 'resources'");
    if (json === undefined) {
      const { cpus = 0, memMb = 0, diskMb = 0, gpus = 0 } = resources ?? {};
      const sizes = { cpus, memMb, diskMb, gpus };
      const [wrong] = Object.entries(sizes).filter(([, size]) => !(Number.isFinite(size) && size >= 0));
      if (wrong !== undefined)
        throw new Refused(
          'bad-request',
          `the body's resources.${wrong[0]}: ${wrong[1]} is not a number of at least 0`,
        );
      return capacityView(backend, null, sizesConfig(sizes, context.cluster), max);
    }
    const job = jobOf(json, context.cluster);
    return capacityView(backend, keyView(context.cluster, jobKeyOf(job)), taskConfigOf(job), max);
  },

  jobCapacity: ({ params, query, backend, context }) => {
    const key = keyOfParams(params);
    const tasks = tasksOf(key, context);
    const model = context.state.activeOfJob(key)[0] ?? [...tasks].sort(newestFirst)[0];
    const config = model === undefined ? undefined : context.state.config(model.configId);
    if (config === undefined) throw new Refused('not-found', `the config of ${key} is not kept any more`);
    return capacityView(backend, keyView(context.cluster, key), config, query.max);
  },
};

function capacityView(
  backend: Backend,
  job: CapacityShape['job'],
  config: TaskConfig,
  max = CAPACITY_MAX_DEFAULT,
): CapacityShape {
  const { needs, count, refusal } = backend.capacity(config, max);
  return {
    job,
    needs: { ...needs },
    count,
    max,
    stoppedBy: refusal === null ? null : refusalText(refusal),
    counts: { ...refusal?.counts },
  };
}

/** A config that asks for sizes and nothing else. Its id is of the sizes: equal asks have equal ids. */
function sizesConfig(sizes: Sizes, cluster: string): TaskConfig {
  const parsed = parseJob({
    cluster,
    role: 'capacity',
    environment: 'devel',
    name: 'capacity',
    task: { processes: [{ name: 'none', cmdline: 'true' }], resources: { cpu: 1, ram: MB, disk: MB } },
  });
  if (!parsed.ok) throw new Error('the config for plain sizes does not parse');
  const { cpus, memMb, diskMb, gpus } = sizes;
  const id = `sizes:${cpus}:${memMb}:${diskMb}:${gpus}`;
  return { ...taskConfigOf(parsed.value), id, demand: { cpus, memMb, diskMb, gpus, ports: [] } };
}
