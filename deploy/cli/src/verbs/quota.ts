import type { QuotaShape } from '@murmur/scheduler-api';
import type { Verb } from '../context.js';
import { EXIT } from '../exit-core.js';
import { roleKey } from '../keys-core.js';
import { numberText } from '../text-core.js';

type Sizes = QuotaShape['production'];

const COLUMNS = [
  { head: '' },
  { head: 'CPUS', right: true },
  { head: 'RAM MB', right: true },
  { head: 'DISK MB', right: true },
  { head: 'GPUS', right: true },
];

/** `quota get` */
export const quotaGet: Verb = async (context) => {
  const { out, options } = context;
  const { cluster, role } = roleKey(context.arg(0));
  const session = await context.session(cluster);
  const answer = await session.call('quota', { params: { role } });
  if (options.flag('--write-json')) out.json(answer);
  else out.table(COLUMNS, quotaRows(answer));
  return EXIT.OK;
};

function quotaRows({
  quota,
  production,
  nonProduction,
  dedicated,
}: QuotaShape): readonly (readonly string[])[] {
  return [
    quota === null ? ['quota', 'none', '', '', ''] : row('quota', quota),
    row('production', production),
    row('non-production', nonProduction),
    row('dedicated', dedicated),
  ];
}

function row(name: string, { cpus, memMb, diskMb, gpus }: Sizes): readonly string[] {
  return [name, ...[cpus, memMb, diskMb, gpus].map(numberText)];
}
