import type { Job } from '@murmur/job-config';
import { loadJob } from '../configs.js';
import type { Verb } from '../context.js';
import { EXIT } from '../exit-core.js';
import { jobKey } from '../keys-core.js';

/** `job inspect`: local only. */
export const inspect: Verb = async (context) => {
  const { out, options } = context;
  const { job, json } = await loadJob(context, jobKey(context.arg(0)), context.arg(1));
  if (options.flag('--raw')) out.json(job);
  else if (options.flag('--write-json')) out.json(json);
  else out.line(inspectText(job));
  return EXIT.OK;
};

/** As Aurora lays it out. */
export function inspectText(job: Job): string {
  return [...jobLines(job), '', ...taskLines(job), '', ...job.task.processes.flatMap(processLines)]
    .join('\n')
    .trimEnd();
}

function jobLines(job: Job): readonly string[] {
  const { cron_schedule: cron, constraints = {}, partition_policy: partition } = job;
  const rows = Object.entries(constraints);
  return [
    'Job level information',
    `  name:       '${job.name}'`,
    `  role:       '${job.role}'`,
    ...(job.contact === undefined ? [] : [`  contact:    '${job.contact}'`]),
    `  cluster:    '${job.cluster}'`,
    `  instances:  '${job.instances}'`,
    ...(cron === undefined
      ? []
      : ['  cron:', `    schedule: '${cron}'`, `    policy:   '${job.cron_collision_policy}'`]),
    ...(rows.length === 0
      ? []
      : ['  constraints:', ...rows.map(([name, value]) => `    '${name}': '${value}'`)]),
    ...(partition === undefined
      ? []
      : [
          '  partition_policy:',
          `    reschedule: ${partition.reschedule}`,
          `    delay_secs: '${partition.delay_secs}'`,
        ]),
    `  service:    ${job.service}`,
    `  production: ${job.production}`,
  ];
}

function taskLines({ task }: Job): readonly string[] {
  const orders = task.constraints.flatMap(({ order }) =>
    order === undefined ? [] : [`  ${order.join(' < ')}`],
  );
  const { cpu, ram, disk } = task.resources;
  return [
    'Task level information',
    `  name: '${task.name}'`,
    `  resources: cpu ${cpu}, ram ${ram}, disk ${disk}`,
    ...(orders.length === 0 ? [] : ['  constraints:', ...orders.map((order) => `  ${order}`)]),
  ];
}

function processLines(each: Job['task']['processes'][number]): readonly string[] {
  return [
    `Process '${each.name}':`,
    ...(['daemon', 'ephemeral', 'final'] as const).filter((kind) => each[kind]).map((kind) => `  ${kind}`),
    '  cmdline:',
    ...each.cmdline.split('\n').map((line) => `    ${line}`.trimEnd()),
    '',
  ];
}
