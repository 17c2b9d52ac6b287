/** The suite's own jobs, as their configs say them. */
import { readdir } from 'node:fs/promises';
import type { Job, LoadedJob } from '@murmur/job-config';
import { allRun } from '../src/jobs.js';
import { JOBS } from '../src/specs.js';
import { CONFIGS, ConfigsError, loadSuite } from '../src/submit.js';

const MB = 1024 * 1024;
/** Configs that define no job: others include them. */
const INCLUDED = ['memcached.aurora', 'murmur.aurora'];
const bindings = { 'profile.home': '/srv/murmur' };

let jobs: readonly LoadedJob[] = [];
beforeAll(async () => {
  jobs = await loadSuite(bindings);
}, 120_000);

const jobNamed = (name: string): Job => jobs.find(({ job }) => job.name === name)!.job;
const linesOf = ({ task }: Job): string => task.processes.map(({ cmdline }) => cmdline).join('\n');

describe('aurora-configs', () => {
  it('has one file for each job of the suite, and the suite has each of them', async () => {
    const files = (await readdir(CONFIGS)).filter((file) => file.endsWith('.aurora'));
    expect(files.sort()).toEqual([...JOBS.map((name) => `${name}.aurora`), ...INCLUDED].sort());
    expect(jobs.map(({ job }) => `${job.cluster}/${job.role}/${job.environment}/${job.name}`)).toEqual(
      JOBS.map((name) => `local/murmur/prod/${name}`),
    );
  });

  it('asks for fractions of a machine, and keeps to the preferred tier', () => {
    for (const { job } of jobs) {
      const { cpu, ram } = job.task.resources;
      expect(cpu).toBeLessThanOrEqual(0.25);
      expect(ram).toBeLessThanOrEqual(128 * MB);
      expect([job.service, job.tier]).toEqual([true, 'preferred']);
      expect(job.contact).toBeUndefined();
    }
  });

  it('spreads the two of a job, which may share a rack while the other is away; timeline has room to grow', () => {
    for (const name of [
      'ingest',
      'fanout',
      'push-gateway',
      'persister',
      'memcached-rows',
      'memcached-vectors',
    ])
      expect(jobNamed(name).constraints).toEqual({ rack: 'limit:2' });
    expect(jobNamed('timeline').constraints).toEqual({ rack: 'limit:5' });
    expect(jobNamed('edge').instances).toBe(1);
  });

  it("keeps Kestrel's journals on agents of its own, outside the sandbox", () => {
    const kestrel = jobNamed('kestrel');
    expect(kestrel.constraints).toEqual({ dedicated: 'murmur/kestrel' });
    expect(linesOf(kestrel)).toContain('--queue-path /srv/murmur/kestrel-{{mesos.instance}}/queues');
  });

  it('announces what clients look for, memcached only once it is flushed', () => {
    for (const name of JOBS.filter((job) => job !== 'kestrel'))
      expect(jobNamed(name).announce?.primary_port).toBe('http');
    for (const name of ['memcached-rows', 'memcached-vectors'])
      expect(linesOf(jobNamed(name))).toMatch(/cat > \.before-announce[^]*flush_all/);
  });

  it('takes addresses and secrets from a file, and has none itself', () => {
    for (const name of ['ingest', 'kestrel', 'edge']) {
      expect(linesOf(jobNamed(name))).toContain("set -a; . '/srv/murmur/service.env'");
      expect(linesOf(jobNamed(name))).not.toMatch(/mysql:|--cluster-key|--mysql/);
    }
  });

  it('can be fetched from a server of archives, and have other numbers', async () => {
    const other = await loadSuite({
      ...bindings,
      'profile.packages': 'https://archives.example.org/murmur',
      'profile.instances': '6',
    });
    const ingest = other.find(({ job }) => job.name === 'ingest')!.job;
    expect(ingest.instances).toBe(6);
    expect(ingest.constraints).toEqual({ rack: 'limit:6' });
    expect(linesOf(ingest)).toContain("archive='https://archives.example.org/murmur/ingest.tar.gz'");
  }, 60_000);

  it('says what cannot be bound, with file and line', async () => {
    const loading = loadSuite({ ...bindings, 'profile.instances': 'many' });
    await expect(loading).rejects.toThrow(ConfigsError);
    await expect(loading).rejects.toThrow(/murmur\.aurora:\d+: local\/murmur\/prod\/[\w-]+: .*many/);
  }, 60_000);
});

describe('the suite', () => {
  const all = JOBS.map((name) => ({ name, running: 2, wanted: 2, reason: null }));

  it('is up when each of its jobs runs as many instances as it should', () => {
    expect(allRun(all)).toBe(true);
    expect(allRun([...all, { name: 'guest/test/other', running: 0, wanted: 1, reason: 'no agent' }])).toBe(
      true,
    );
  });

  it('is not while one is missing, has less, or nothing is known', () => {
    expect([allRun(null), allRun([]), allRun(all.slice(1))]).toEqual([false, false, false]);
    expect(allRun(all.map((job) => (job.name === 'edge' ? { ...job, running: 1 } : job)))).toBe(false);
    expect(allRun(all.map((job) => (job.name === 'edge' ? { ...job, running: 0, wanted: 0 } : job)))).toBe(
      false,
    );
  });
});
