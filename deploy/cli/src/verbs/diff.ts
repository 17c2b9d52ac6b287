import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiffShape } from '@murmur/scheduler-api';
import { runInteractive } from '../child.js';
import { loadJob, type ConfigJob } from '../configs.js';
import type { Context, Verb } from '../context.js';
import { diffLines, jsonLines, withContext, type DiffLine } from '../diff-core.js';
import { CliError, EXIT } from '../exit-core.js';
import { jobOf, pathOf } from '../jobs.js';
import { formatKey, instanceKey, instanceText, jobKey, instancesOf } from '../keys-core.js';
import { refusedAs } from '../session.js';

type Group = DiffShape['update'][number];

/** `job diff`: 0 also when there are differences; a config that the scheduler refuses is 3. */
export const diff: Verb = async (context) => {
  const { out, options } = context;
  const named = instanceKey(context.arg(0));
  const config = await loadJob(context, named.key, context.arg(1));
  const from = options.text('--from');
  const target = from === undefined ? named.key : jobKey(from);
  const session = await context.session(target.cluster);
  // A config may be of a job that is yet to be; what it is compared with is there.
  if (from !== undefined) await jobOf(session, target);
  const instances = instancesOf(named);
  const answer = await refusedAs('INVALID_CONFIGURATION', () =>
    session.call('diff', {
      params: pathOf(target),
      body: {
        job: under(config, pathOf(target)),
        ...(instances === undefined ? {} : { instances: instanceText(instances) }),
      },
    }),
  );
  if (options.flag('--write-json')) out.json(answer);
  else await show(context, formatKey(target), answer);
  return EXIT.OK;
};

/** The config as one of the other job, so that `--from` does not show the key itself as a difference. */
function under(
  { json }: ConfigJob,
  key: { readonly role: string; readonly environment: string; readonly name: string },
): Record<string, unknown> {
  return { ...json, ...key };
}

async function show(context: Context, key: string, answer: DiffShape): Promise<void> {
  const { out } = context;
  if (answer.same) {
    out.line(`${key}: no difference`);
    return;
  }
  out.line('This job update will:');
  for (const group of answer.add) out.line(`add instances: ${group.instances}`);
  for (const group of answer.remove) out.line(`remove instances: ${group.instances}`);
  for (const group of answer.update) {
    out.line(`update instances: ${group.instances}`);
    out.line('with diff:');
    await showGroup(context, group);
  }
  for (const group of answer.unchanged) out.line(`not change instances: ${group.instances}`);
}

async function showGroup(context: Context, { from, to }: Group): Promise<void> {
  const viewer = context.io.env['DIFF_VIEWER'] ?? '';
  const [old, now] = [jsonLines(from), jsonLines(to)];
  if (viewer !== '') await view(context, viewer, old, now);
  else for (const line of withContext(diffLines(old, now))) context.out.line(coloured(context, line));
}

const SIGNS = { same: '  ', removed: '- ', added: '+ ', skipped: '  ' } as const;

function coloured({ out: { colours } }: Context, { kind, text }: DiffLine): string {
  const line = `${SIGNS[kind]}${text}`;
  if (kind === 'removed') return colours.red(line);
  return kind === 'added' ? colours.green(line) : line;
}

/** `DIFF_VIEWER` is a command that takes two files. As with diff, 1 means that they differ. */
async function view(
  { io }: Context,
  viewer: string,
  old: readonly string[],
  now: readonly string[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'aurora-diff-'));
  try {
    const files = [join(folder, 'scheduled.json'), join(folder, 'config.json')] as const;
    await writeFile(files[0], `${old.join('\n')}\n`);
    await writeFile(files[1], `${now.join('\n')}\n`);
    const [file = '', ...args] = viewer.split(/\s+/).filter(Boolean);
    const code = await runInteractive(io, { file, args: [...args, ...files] }, () => undefined);
    if (code > 1) throw new CliError('COMMAND_FAILURE', `DIFF_VIEWER "${viewer}" ended with ${code}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
