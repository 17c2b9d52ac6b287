import { instanceText } from '@murmur/job-config';
import { jobKeyOf } from '../state/config-core.js';
import type { Command } from '../state/port.js';
import type { Call, Handlers } from './call.js';
import { keyOfParams } from './handle-jobs.js';
import { instanceList, jobOf } from './input.js';
import { Refused } from './refused.js';
import { keyView } from './views-core.js';

type Change = 'createJob' | 'kill' | 'restart' | 'add' | 'scale';

/** What users change. Each answer comes once the change is durable. */
export const changeHandlers: Handlers<Change> = {
  createJob: (call) => {
    const job = jobOf(call.body.job, call.context.cluster);
    call.requireWrite(job.role);
    return execute(call, jobKeyOf(job), { kind: 'create', job }, call.body.reason);
  },
  kill: (call) => {
    const job = keyOfParams(call.params);
    const instances = instanceList(call.body.instances);
    return execute(call, job, { kind: 'kill', job, instances }, call.body.reason);
  },
  restart: (call) => {
    const job = keyOfParams(call.params);
    const instances = instanceList(call.body.instances);
    return execute(call, job, { kind: 'restart', job, instances }, call.body.reason);
  },
  add: (call) => {
    const job = keyOfParams(call.params);
    const { instance, count, reason } = call.body;
    return execute(call, job, { kind: 'add', job, instance, count }, reason);
  },
  scale: (call) => {
    const job = keyOfParams(call.params);
    const { instances, reason } = call.body;
    return execute(call, job, { kind: 'scale', job, instances }, reason);
  },
};

async function execute(
  { backend, context, actor }: Pick<Call<Change>, 'backend' | 'context' | 'actor'>,
  job: string,
  command: Command,
  reason: string | undefined,
) {
  const outcome = await backend.execute(command, { name: actor, reason: reason ?? null });
  if (!outcome.ok) throw new Refused(outcome.code, outcome.message);
  return {
    job: keyView(context.cluster, job),
    text: outcome.text,
    instances: instanceText(outcome.instances),
    count: outcome.instances.length,
  };
}
