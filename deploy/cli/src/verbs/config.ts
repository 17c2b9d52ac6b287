import { invalidConfig, listJobs, load } from '../configs.js';
import type { Verb } from '../context.js';
import { EXIT } from '../exit-core.js';

/** `config list`: `jobs=[a, b]`, as Aurora prints it; a config that does not load is 4 here. */
export const configList: Verb = async (context) => {
  const file = context.arg(0);
  const result = await listJobs(context, file);
  if (!result.ok) throw invalidConfig(file, result.errors, 'COMMAND_FAILURE');
  const keys = result.jobs.map(({ cluster, role, environment, name }) =>
    [cluster, role, environment, name].map((part) => part ?? '(none)').join('/'),
  );
  context.out.line(`jobs=[${keys.join(', ')}]`);
  return EXIT.OK;
};

/** `config validate`: everything that is wrong, a line each. */
export const configValidate: Verb = async (context) => {
  const file = context.arg(0);
  const result = await load(context, file);
  if (!result.ok) throw invalidConfig(file, result.errors);
  const jobs = result.jobs.length === 1 ? '1 job' : `${result.jobs.length} jobs`;
  context.out.line(
    `${file}: ${result.tasks.length > 0 ? `${result.tasks.length} tasks and ` : ''}${jobs}, nothing wrong`,
  );
  return EXIT.OK;
};
