/** Structs of JSON: defaults, unknown and missing fields, choices. */
import { ERRORS_MAX, formatError, parseJob, parseTask, readJobs } from '@murmur/job-config';
import { accepted, job, jobErrors, jobJson, messages, processJson, taskErrors, taskJson } from './jobs.js';

describe('a job with the required fields only', () => {
  it('is filled with the defaults of Aurora', () => {
    expect(job()).toEqual({
      name: 'web',
      role: 'www',
      cluster: 'local',
      environment: 'prod',
      instances: 1,
      task: {
        name: 'web',
        processes: [
          {
            name: 'web',
            cmdline: 'run web',
            max_failures: 1,
            daemon: false,
            ephemeral: false,
            min_duration: 5,
            final: false,
          },
        ],
        constraints: [],
        resources: { cpu: 1, ram: 1048576, disk: 1048576, gpu: 0 },
        max_failures: 1,
        max_concurrency: 0,
        finalization_wait: 30,
      },
      cron_collision_policy: 'KILL_EXISTING',
      update_config: {
        batch_size: 1,
        watch_secs: 45,
        max_per_shard_failures: 0,
        max_total_failures: 0,
        rollback_on_failure: true,
        wait_for_batch_completion: false,
        sla_aware: false,
      },
      metadata: [],
      service: false,
      max_task_failures: 1,
      production: false,
      priority: 0,
      health_check_config: {
        health_checker: { http: { endpoint: '/health', expected_response: 'ok', expected_response_code: 0 } },
        initial_interval_secs: 15,
        interval_secs: 10,
        max_consecutive_failures: 0,
        min_consecutive_successes: 1,
        timeout_secs: 1,
      },
      lifecycle: {
        http: {
          port: 'health',
          graceful_shutdown_endpoint: '/quitquitquit',
          shutdown_endpoint: '/abortabortabort',
          graceful_shutdown_wait_secs: 5,
          shutdown_wait_secs: 5,
        },
      },
      executor_config: { name: 'AuroraExecutor', data: '' },
      enable_hooks: false,
    });
  });

  it('has no HTTP lifecycle when it says so', () => {
    expect(job({ lifecycle: {} }).lifecycle).toEqual({});
  });

  it('has no health check when it says so', () => {
    expect(job({ health_check_config: { health_checker: {} } }).health_check_config.health_checker).toEqual(
      {},
    );
  });

  it('announces its http port as aurora too, once it announces', () => {
    expect(job({ announce: {} }).announce).toEqual({ primary_port: 'http', portmap: { aurora: 'http' } });
    expect(job({ announce: { primary_port: 'x' } }).announce?.portmap).toEqual({ aurora: 'x' });
  });

  it('is named after its task, and that after its first process', () => {
    expect(job({ task: taskJson({ name: 'worker' }) }).name).toBe('worker');
    expect(job({ name: 'pre-{{task.name}}' }).name).toBe('pre-web');
  });
});

describe('a field that is missing', () => {
  it('is an error where it is required, with what it must be', () => {
    expect(messages(parseJob({}))).toEqual([
      'role: missing; it must be a name of 1 to 255 letters, digits, _ - and .',
      'cluster: missing; it must be a name of 1 to 255 letters, digits, _ - and .',
      'environment: missing; it must be prod, devel, test, staging or staging<number>',
      'task: missing; it must be an object (Task)',
    ]);
  });

  it('is an error in a task without processes or resources', () => {
    expect(messages(parseTask({}))).toEqual([
      'processes: missing; it must be a list of at least 1',
      'resources: missing; it must be an object (Resources)',
    ]);
    expect(taskErrors({ processes: [] })).toEqual(['processes: an empty list is not a list of at least 1']);
  });
});

describe('a field the schema does not have', () => {
  it('is refused, with the fields there are and the nearest of them', () => {
    expect(jobErrors({ task: taskJson({ constraint: [] }) })).toEqual([
      'task.constraint: not a field of Task (name, processes, constraints, resources, max_failures, max_concurrency, ' +
        'finalization_wait, user); did you mean "constraints"?',
    ]);
  });

  it('is dropped where unknown fields are ignored', () => {
    expect(job({ nme: 1, task: taskJson({ x: 2 }) }, { unknown: 'ignore' })).toEqual(job());
  });

  it('is one even when objects inherit it', () => {
    expect(jobErrors({ toString: 1 })[0]).toMatch(/^toString: not a field of Job /);
  });
});

describe('errors', () => {
  it('are all reported, with those between fields that were read well', () => {
    const task = taskJson({
      resources: { cpu: 0, ram: 1, disk: 'x' },
      constraints: [{ order: ['web', 'db'] }],
    });
    expect(jobErrors({ instances: 0, service: true, cron_schedule: '* * * * *', task })).toEqual([
      'instances: 0 is not an integer of at least 1',
      'task.resources.cpu: 0 is not a number above 0',
      'task.resources.ram: 1 is not an integer of at least 1048576',
      'task.resources.disk: "x" is not an integer of at least 1048576',
      'task.constraints[0].order[1]: "db" is not the name of a process of this task (web)',
      'service: true is not false, as a job with a cron_schedule must be',
    ]);
  });

  it('are bounded', () => {
    const processes = Array.from({ length: 500 }, () => ({ name: '', cmdline: 1, x: 1 }));
    const result = parseJob(jobJson({ instances: 0, task: taskJson({ processes }) }));
    expect(result.ok ? 0 : result.errors.length).toBe(ERRORS_MAX);
  });

  it('carry path, value and what is expected as data', () => {
    const result = parseJob(jobJson({ instances: -2 }));
    expect(result).toEqual({
      ok: false,
      errors: [{ issue: 'invalid', path: 'instances', value: -2, expected: 'an integer of at least 1' }],
    });
  });

  it.each([[null], ['job'], [[]], [1], [undefined]])('name the whole when it is %j', (json) => {
    expect(messages(parseJob(json))[0]).toMatch(/^the whole config: .* is not an object \(Job\)$/);
    expect(messages(parseTask(json))[0]).toMatch(/^the whole config: .* is not an object \(Task\)$/);
  });
});

describe('a choice', () => {
  it('is the struct that the fields fit', () => {
    const strategy = (update_strategy: object): unknown =>
      job({ update_config: { update_strategy } }).update_config.update_strategy;
    expect(strategy({ batch_size: 2 })).toEqual({ batch_size: 2 });
    expect(strategy({ autopause_after_batch: 'true' })).toEqual({
      batch_size: 1,
      autopause_after_batch: true,
    });
    expect(strategy({ batch_sizes: [1, '2'] })).toEqual({
      batch_sizes: [1, 2],
      autopause_after_batch: false,
    });
  });

  it('reports the errors of the struct that fits best', () => {
    expect(jobErrors({ update_config: { update_strategy: { batch_sizes: [] } } })).toEqual([
      'update_config.update_strategy.batch_sizes: an empty list is not a list of at least 1',
    ]);
    expect(jobErrors({ container: { image: { name: 'alpine', tag: [] } } })).toEqual([
      'container.image.tag: an empty list is not a string',
    ]);
    expect(jobErrors({ sla_policy: { count: 3 } })).toEqual([
      'sla_policy.duration_secs: missing; it must be an integer of at least 0',
    ]);
  });

  it('is told apart by its fields even where unknown ones are ignored', () => {
    const container = { image: { name: 'a', tag: 'b' } };
    expect(job({ container }, { unknown: 'ignore' }).container).toEqual({ ...container, volumes: [] });
  });

  it('names its alternatives when it is no object', () => {
    expect(jobErrors({ container: 'docker' })).toEqual([
      'container: "docker" is not an object (Container or Docker or Mesos)',
    ]);
  });
});

describe('readJobs', () => {
  it('reads a list of jobs or a bare job', () => {
    const two = { jobs: [jobJson(), jobJson({ name: 'other' })] };
    expect(accepted(readJobs(two)).map(({ name }) => name)).toEqual(['web', 'other']);
    expect(accepted(readJobs(jobJson()))).toEqual([job()]);
  });

  it('names the job of each error by its place', () => {
    expect(messages(readJobs({ jobs: [jobJson(), jobJson({ instances: 0 }), 7] }))).toEqual([
      'jobs[1].instances: 0 is not an integer of at least 1',
      'jobs[2]: 7 is not an object (Job)',
    ]);
  });

  it('refuses two jobs of one key, no jobs, and what is no list', () => {
    expect(messages(readJobs({ jobs: [jobJson(), jobJson()] }))).toEqual([
      'jobs[1]: "local/www/prod/web" is not unique in the list',
    ]);
    expect(messages(readJobs({ jobs: [] }))).toEqual([
      'jobs: an empty list is not a list of 1 to 10000 jobs',
    ]);
    expect(messages(readJobs({ jobs: {} }))).toEqual(['jobs: an object is not a list of 1 to 10000 jobs']);
  });

  it('formats an error without a value too', () => {
    expect(formatError({ issue: 'missing', path: 'a', value: undefined, expected: 'b' })).toBe(
      'a: missing; it must be b',
    );
  });
});

describe('a process', () => {
  it.each([['web.1'], ['a b'], ['-'], ['name-with-{{mesos.instance}}']])('may be called %j', (name) => {
    expect(taskErrors({ processes: [processJson(name)] })).toEqual([]);
  });

  it.each([['.web'], ['a/b'], ['/'], ['']])('may not be called %j', (name) => {
    expect(taskErrors({ processes: [processJson(name)] })).toEqual([
      `processes[0].name: ${JSON.stringify(name)} is not a process name: no slash in it, no dot or slash at its start`,
    ]);
  });
});
