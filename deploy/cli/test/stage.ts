/** A scheduler that answers what a test says, clusters that name it, and the config of one job that it may know. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@murmur/testkit';
import type { JobShape } from '@murmur/scheduler-api';
import { aurora, configRoot, fakeScheduler, jobJson, type Asked, type Ran, type Reply } from './cli.js';
import { task } from './tasks.js';

export const KEY = 'local/www/prod/web';
export const summary = {
  job: { cluster: 'local', role: 'www', environment: 'prod', name: 'web' },
  kind: 'service' as const,
  tier: 'preemptible',
  active: 1,
  running: 1,
  states: { RUNNING: 1 },
  resources: { cpus: 0.25, memMb: 128, diskMb: 64, gpus: 0 },
  lastChangeAt: 1_000,
};
export const job = (...tasks: JobShape['tasks']): JobShape => ({ ...summary, groups: [], tasks });
export const outcome = { job: summary.job, text: 'done', instances: '0', count: 1 };
export const running = task({ state: 'RUNNING', host: 'h', agentId: 'a' });

export interface Stage {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where the program runs: with `env`, in `folder`. */
  readonly io: { readonly env: Stage['env']; readonly cwd: string };
  /** The config of the job. */
  readonly good: string;
  readonly asked: readonly Asked[];
  reply: (asked: Asked) => Reply;
  /** Answers each path that ends so; a list of jobs with the one that there is. */
  answers(table: Readonly<Record<string, Reply>>): void;
  call(...words: string[]): Promise<Ran>;
}

export async function startStage(): Promise<Stage> {
  const fake = await fakeScheduler((one) => stage.reply(one));
  const closed = `http://127.0.0.1:${await freePort()}`;
  const { folder, env } = await configRoot([
    { name: 'local', scheduler_uri: fake.url },
    { name: 'gone', scheduler_uri: closed },
    { name: 'several', scheduler_uri: [closed, fake.url] },
    { name: 'secret', scheduler_uri: fake.url, auth_mechanism: 'TOKEN', token_file: 'token' },
    { name: 'basic', scheduler_uri: fake.url, auth_mechanism: 'BASIC' },
  ]);
  const good = join(folder, 'job.json');
  await writeFile(good, JSON.stringify(jobJson('web', { role: 'www', environment: 'prod' })));
  const io = { env, cwd: folder };
  const stage: Stage = {
    folder,
    env,
    io,
    good,
    asked: fake.asked,
    reply: () => ({ error: 'not-found' }),
    answers: (table) => {
      stage.reply = ({ path }) => {
        const end = Object.keys(table).find((each) => path.split('?')[0]?.endsWith(each));
        if (end !== undefined) return table[end]!;
        return path.startsWith('/api/v1/jobs?')
          ? { json: { items: [summary], total: 1 } }
          : { error: 'not-found' };
      };
    },
    call: (...words) => aurora(words, io),
  };
  return stage;
}
