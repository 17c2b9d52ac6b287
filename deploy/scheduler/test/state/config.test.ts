import { parseJob } from '@murmur/job-config';
import { configOf, storedConfigOf, taskConfigOf } from '../../src/state/index.js';
import { jobOf, MB } from './world.js';

const task = (more = {}) => ({ ...jobOf().task, ...more });

describe('a config', () => {
  it('is the job without its number of instances and its way of updating', () => {
    const stored = storedConfigOf(jobOf(), (text) => `hash of ${text.length}`);
    expect(stored.job).not.toHaveProperty('instances');
    expect(stored.job).not.toHaveProperty('update_config');
    expect(stored.id).toBe(`hash of ${JSON.stringify(stored.job).length}`);
  });

  it('is the same for equal jobs, however many instances, and another for others', () => {
    const { id } = taskConfigOf(jobOf());
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(taskConfigOf(jobOf({ instances: 9, update_config: { batch_size: 3 } })).id).toBe(id);
    expect(taskConfigOf(jobOf({ priority: 1 })).id).not.toBe(id);
  });

  it('survives being stored as JSON', () => {
    const config = taskConfigOf(jobOf({ constraints: { rack: 'limit:1' }, announce: {} }));
    const { id, job } = config;
    expect(configOf(JSON.parse(JSON.stringify({ id, job })) as typeof config)).toEqual(config);
    expect(parseJob(job).ok).toBe(true);
  });

  it('has whole megabytes, and the ports that the job refers to', () => {
    const resources = { cpu: 0.25, ram: 3 * MB + 5, disk: 2 * MB - 1, gpu: 1 };
    const { demand } = taskConfigOf(
      jobOf({ task: task({ resources }), announce: { portmap: { web: 'www' } } }),
    );
    expect(demand).toEqual({ cpus: 0.25, memMb: 3, diskMb: 1, gpus: 1, ports: ['http', 'www'] });
  });

  it('has constraints on values first, then limits, and the dedicated one apart', () => {
    const constraints = { rack: 'limit:1', zone: 'a,b', dedicated: 'www/db', host: 'limit:1', arch: '!arm' };
    const config = taskConfigOf(jobOf({ constraints }));
    expect(config.dedicated).toBe('www/db');
    expect(config.constraints.map(({ attribute }) => attribute)).toEqual(['arch', 'zone', 'host', 'rack']);
    expect(config.constraints[3]?.constraint).toEqual({ kind: 'limit', limit: 1 });
  });

  it('has the tier that `production` stands for, preemptible without', () => {
    expect(taskConfigOf(jobOf()).tier).toEqual({ preemptible: true, revocable: false });
    expect(taskConfigOf(jobOf({ production: true })).tier).toEqual({ preemptible: false, revocable: false });
    expect(taskConfigOf(jobOf({ tier: 'revocable' })).tier).toEqual({ preemptible: true, revocable: true });
  });

  it('waits for a partition as the job says, not at all by default', () => {
    expect(taskConfigOf(jobOf()).partition).toEqual({ reschedule: true, delayMs: 0 });
    const partition_policy = { reschedule: false, delay_secs: 5 };
    expect(taskConfigOf(jobOf({ partition_policy })).partition).toEqual({ reschedule: false, delayMs: 5000 });
  });

  it('gives a task its finalization to end, and the HTTP teardown where it has the port for it', () => {
    expect(taskConfigOf(jobOf()).killGraceMs).toBe(30_000);
    expect(taskConfigOf(jobOf({ announce: { portmap: { health: 'http' } } })).killGraceMs).toBe(40_000);
    const lifecycle = { http: { port: 'http', graceful_shutdown_wait_secs: 1, shutdown_wait_secs: 2 } };
    const patient = jobOf({ lifecycle, task: task({ finalization_wait: 100 }) });
    expect(taskConfigOf(patient).killGraceMs).toBe(103_000);
    expect(taskConfigOf(jobOf({ lifecycle: {} })).killGraceMs).toBe(30_000);
  });
});
