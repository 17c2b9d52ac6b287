/**
 * The constructs of Aurora's own configs, each written anew, load to what Pystachio with Aurora's schema makes of them
 * (`pystachio.jsonl`, printed once by the real ones). Needs the built package: the child process runs from `dist`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createLoader, formatLoadError } from '@murmur/job-config';
import type { LoadedJob } from '@murmur/job-config';
import { Bench } from './support.js';

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.aurora'));
const bindings = {
  stop_file: '/tmp/stop',
  appc_image_id: 'sha512-1',
  'docker.image[http][latest]': 'reg/http@sha256:1',
  'docker.image[library/python][2.7]': 'reg/python@sha256:2',
  marker: '/tmp/marker',
  repo: 'https://git.example/x',
  jobs_at_once: '4',
};
interface Printed {
  readonly file: string;
  readonly jobs: readonly unknown[];
}
const expected = new Map(
  readFileSync(new URL('pystachio.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed)
    .map(({ file, jobs }) => [file, jobs]),
);

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

async function load(name: string): Promise<readonly LoadedJob[]> {
  const file = `${folder}${name}`;
  const result = await bench.loader.load({ file, bindings, environment: { USER: 'vagrant' } });
  if (!result.ok) throw new Error(result.errors.map(formatLoadError).join('\n'));
  return result.jobs;
}

/** Pystachio merges processes through a set, so their order there is chance. */
function byName(json: unknown): unknown {
  const job = structuredClone(json) as { task: { processes: { name: string }[] } };
  job.task.processes.sort((a, b) => (a.name < b.name ? -1 : 1));
  return job;
}

describe('the fixtures', () => {
  it('are those that Pystachio printed', () => {
    expect(names.sort()).toEqual([...expected.keys()].sort());
  });

  it.each(names)('%s loads as Pystachio loads it, and keeps the rules', async (name) => {
    const jobs = await load(name);
    expect(jobs.map(({ json }) => byName(json))).toEqual(expected.get(name)?.map(byName));
    expect(jobs.every(({ line }) => line !== null)).toBe(true);
  });

  it('have their refs of the cluster bound, and those of the agent left', async () => {
    const [first] = await load('production_staging.aurora');
    expect(first?.job.name).toBe('hello-cluster1');
    expect(first?.job.task.processes[0]?.cmdline).toBe(
      'echo hello from www in cluster1 as www on {{mesos.hostname}}',
    );
    expect(first?.job).toMatchObject({ instances: 25, production: true, tier: 'preferred' });
  });

  it('keep processes of merged tasks in the order in which they are written', async () => {
    const [sequence] = await load('build_then_run.aurora');
    expect(sequence?.job.task.processes.map(({ name }) => name)).toEqual(['fetch', 'make', 'server', 'tail']);
    expect(sequence?.job.task).toMatchObject({ name: 'serve', finalization_wait: 40, resources: { cpu: 4 } });
  });

  it('are loaded one after another by one loader, though all are asked for at once', async () => {
    const loader = createLoader({ cacheFolder: bench.cacheFolder });
    const results = await Promise.all(
      names.map((name) =>
        loader.load({ file: `${folder}${name}`, bindings, environment: { USER: 'vagrant' } }),
      ),
    );
    await loader.close();
    expect(results.map(({ ok }) => ok)).toEqual(names.map(() => true));
  });
});
