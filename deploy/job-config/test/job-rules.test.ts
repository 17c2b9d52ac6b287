/** Rules between the fields of a job. */
import { job, jobErrors, processJson, taskJson } from './jobs.js';

describe('identity', () => {
  it.each([['role'], ['cluster'], ['tier'], ['name']])(
    '%s is a name of letters, digits, _ - and .',
    (field) => {
      expect(jobErrors({ [field]: 'a.B_c-9' })).toEqual([]);
      expect(jobErrors({ [field]: 'a/b' })).toEqual([
        `${field}: "a/b" is not a name of 1 to 255 letters, digits, _ - and .`,
      ]);
      expect(jobErrors({ [field]: 'x'.repeat(255) })).toEqual([]);
      expect(jobErrors({ [field]: 'x'.repeat(256) })).toHaveLength(1);
      expect(jobErrors({ [field]: '' })).toHaveLength(1);
    },
  );

  it('a name that still has a run-time ref is none', () => {
    expect(jobErrors({ name: 'web-{{mesos.instance}}' })).toHaveLength(1);
  });

  it.each([['prod'], ['devel'], ['test'], ['staging'], ['staging12']])(
    'environment %s is known',
    (environment) => {
      expect(jobErrors({ environment })).toEqual([]);
    },
  );

  it.each([['production'], ['stagingx'], ['Prod'], [' prod'], ['prod\n']])(
    'environment %j is refused',
    (environment) => {
      expect(jobErrors({ environment })).toEqual([
        `environment: ${JSON.stringify(environment)} is not prod, devel, test, staging or staging<number>`,
      ]);
    },
  );
});

describe('cron', () => {
  it('does not go with a service', () => {
    expect(jobErrors({ cron_schedule: '0 * * * *', service: true })).toEqual([
      'service: true is not false, as a job with a cron_schedule must be',
    ]);
    expect(jobErrors({ cron_schedule: '', service: true })).toEqual([]);
    expect(jobErrors({ cron_schedule: '0 * * * *' })).toEqual([]);
  });
});

describe('an update config', () => {
  const errors = (update_config: object, more = {}): readonly string[] =>
    jobErrors({ update_config, instances: 100, ...more });

  it('has a batch size above 0 and no negative times or counts', () => {
    expect(
      errors({ batch_size: 0, watch_secs: -1, max_per_shard_failures: -1, max_total_failures: -1 }),
    ).toEqual([
      'update_config.batch_size: 0 is not an integer of at least 1',
      'update_config.watch_secs: -1 is not an integer of at least 0',
      'update_config.max_per_shard_failures: -1 is not an integer of at least 0',
      'update_config.max_total_failures: -1 is not an integer of at least 0',
    ]);
  });

  it('is pulsed each minute or more rarely', () => {
    expect(errors({ pulse_interval_secs: 60 })).toEqual([]);
    expect(errors({ pulse_interval_secs: 59 })).toEqual([
      'update_config.pulse_interval_secs: 59 is not an integer of at least 60',
    ]);
  });

  it('with a strategy has no batch size and no batch completion of its own', () => {
    const update_strategy = { batch_size: 5 };
    expect(errors({ update_strategy, batch_size: 1, wait_for_batch_completion: false })).toEqual([]);
    expect(errors({ update_strategy, batch_size: 2, wait_for_batch_completion: true })).toEqual([
      'update_config.wait_for_batch_completion: true is not false, as beside an update_strategy',
      'update_config.batch_size: 2 is not 1, as beside an update_strategy: the size belongs into the strategy',
    ]);
  });

  it('has strategies with batches above 0', () => {
    expect(errors({ update_strategy: { batch_size: 0 } })).toHaveLength(1);
    expect(errors({ update_strategy: { batch_sizes: [1, 0] } })).toEqual([
      'update_config.update_strategy.batch_sizes[1]: 0 is not an integer of at least 1',
    ]);
  });

  it('fails before every instance has failed', () => {
    expect(errors({ max_total_failures: 99 })).toEqual([]);
    expect(errors({ max_total_failures: 100 })).toEqual([
      'update_config.max_total_failures: 100 is not less than the 100 instances of the job',
    ]);
  });

  it('of a dedicated job bears 2 % of failures', () => {
    const constraints = { dedicated: 'www/web' };
    expect(errors({ max_total_failures: 2 }, { constraints })).toEqual([]);
    expect(errors({ max_total_failures: 1 }, { constraints })).toEqual([
      'update_config.max_total_failures: 1 is not at least 2: 2 % of the 100 instances of a dedicated job',
    ]);
    expect(errors({}, { constraints, instances: 49 })).toEqual([]);
  });
});

describe('constraints', () => {
  it.each([['a'], ['a,b'], ['!a,b'], ['limit:1'], ['limit: 2']])('may be %j', (text) => {
    expect(jobErrors({ constraints: { rack: text } })).toEqual([]);
  });

  it.each([['limit:0'], ['limit:-1'], ['limit:x'], ['limit:'], [''], ['!'], ['a,,b']])(
    'may not be %j',
    (text) => {
      expect(jobErrors({ constraints: { rack: text } })).toEqual([
        `constraints.rack: ${JSON.stringify(text)} is not limit:<integer of at least 1>, or values joined by commas, ` +
          "'!' before them negates",
      ]);
    },
  );

  it.each([['www/web'], ['*/web'], ['www/a/b']])('dedicate hosts as %j', (dedicated) => {
    expect(jobErrors({ constraints: { dedicated } })).toEqual([]);
  });

  it.each([['other/web'], ['www'], ['www/'], ['!www/web'], ['www/a,www/b'], ['limit:1'], ['*']])(
    'do not dedicate hosts as %j',
    (dedicated) => {
      expect(jobErrors({ constraints: { dedicated } })).toEqual([
        `constraints.dedicated: "${dedicated}" is not "www/<label>" or "*/<label>": hosts dedicated to another ` +
          'role are not for this one',
      ]);
    },
  );
});

describe('the portmap', () => {
  it('has no cycle', () => {
    expect(jobErrors({ announce: { portmap: { a: 'b', b: 'c', c: 'b' } } })).toEqual([
      'announce.portmap: "b -> c -> b" is not free of cycles',
    ]);
  });

  it('has fixed ports in a dedicated job only', () => {
    const announce = { portmap: { http: 80 } };
    expect(jobErrors({ announce })).toEqual([
      'announce.portmap.http: "80" is not the name of a port; a number needs a dedicated constraint',
    ]);
    expect(jobErrors({ announce, constraints: { dedicated: '*/edge' } })).toEqual([]);
  });

  it('has port numbers that exist', () => {
    const constraints = { dedicated: '*/edge' };
    expect(jobErrors({ announce: { portmap: { http: '65536' } }, constraints })).toEqual([
      'announce.portmap.http: "65536" is not a port from 1 to 65535',
    ]);
  });
});

describe('tier and production', () => {
  it('say the same: what is missing is filled in', () => {
    expect(job({ production: true })).toMatchObject({ production: true, tier: 'preferred' });
    expect(job({ tier: 'preferred' })).toMatchObject({ production: true, tier: 'preferred' });
    expect(job({ tier: 'revocable' })).toMatchObject({ production: false, tier: 'revocable' });
    expect(job()).not.toHaveProperty('tier');
  });

  it('may not contradict', () => {
    expect(jobErrors({ production: true, tier: 'preemptible' })).toEqual([
      'production: true is not false, as in tier preemptible',
    ]);
  });

  it('of the cluster are left to the scheduler', () => {
    expect(jobErrors({ production: true, tier: 'gold' })).toEqual([]);
    expect(jobErrors({ production: true, tier: 'constructor' })).toEqual([]);
  });
});

describe('an SLA policy', () => {
  const errors = (sla_policy: object): readonly string[] => jobErrors({ sla_policy, instances: 20 });

  it('lets at least one instance go', () => {
    expect(errors({ count: 19, duration_secs: 60 })).toEqual([]);
    expect(errors({ count: 20, duration_secs: 60 })).toEqual([
      'sla_policy.count: 20 is not less than the 20 instances of the job',
    ]);
    expect(errors({ percentage: 95, duration_secs: 60 })).toEqual([]);
    expect(errors({ percentage: '95.1', duration_secs: 60 })).toEqual([
      'sla_policy.percentage: 95.1 is not low enough to let one of 20 instances go',
    ]);
  });

  it('has fields that make sense', () => {
    expect(errors({ percentage: 101, duration_secs: -1 })).toEqual([
      'sla_policy.percentage: 101 is not a number from 0 to 100',
      'sla_policy.duration_secs: -1 is not an integer of at least 0',
    ]);
    expect(errors({ coordinator_url: 'ftp://x' })).toEqual([
      'sla_policy.coordinator_url: "ftp://x" is not an http:// or https:// URL',
    ]);
    expect(errors({ coordinator_url: 'http://x:1/drain' })).toEqual([]);
  });
});

describe('refs', () => {
  it.each([
    ['{{mesos.instance}} {{mesos.hostname}} {{thermos.task_id}}'],
    ['{{thermos.ports[http]}} {{thermos.ports[a-b.c/d]}}'],
    ['{{&not.a.ref}} {x} {{}} ${VAR}'],
  ])('%j may be left for the agent', (cmdline) => {
    expect(jobErrors({ task: taskJson({ processes: [processJson('a', { cmdline })] }) })).toEqual([]);
  });

  it.each([
    ['{{role}}', '{{role}}'],
    ['{{thermos.ports}}', '{{thermos.ports}}'],
    ['{{ mesos.instance }}', '{{ mesos.instance }}'],
    ['{{thermos.ports[p{{mesos.instance}}]}}', '{{thermos.ports[px]}}'],
    ['ok {{mesos.instance}} {{profile.x[1]}}', '{{profile.x[1]}}'],
  ])('%j is refused', (cmdline, ref) => {
    expect(jobErrors({ task: taskJson({ processes: [processJson('a', { cmdline })] }) })).toEqual([
      `task.processes[0].cmdline: "${ref}" is not a run-time ref (mesos.instance, mesos.hostname, thermos.task_id, ` +
        'thermos.ports[name]), and refs do not nest',
    ]);
  });

  it('are looked for in every text of the job', () => {
    expect(jobErrors({ contact: '{{x}}', metadata: [{ key: 'k', value: '{{y}}' }] })).toHaveLength(2);
  });
});
