/** Keys, ids, ports, constraints, and which alternative a choice is. */
import {
  containerKind,
  formatInstanceKey,
  hasInstance,
  parseConstraint,
  parseInstances,
  parseKey,
  printConstraint,
  requestedPorts,
  resolvePortmap,
  slaPolicyKind,
  taskId,
  updateStrategy,
  wholeMegabytes,
} from '@murmur/job-config';
import { accepted, job, messages, processJson, taskJson } from './jobs.js';

describe('a job key', () => {
  it('is cluster/role/env/name, with instances or without', () => {
    const key = { cluster: 'local', role: 'www', environment: 'prod', name: 'web.1' };
    expect(accepted(parseKey('local/www/prod/web.1'))).toEqual({ key });
    expect(accepted(parseKey('local/www/prod/web.1/7-9,0-2,5'))).toEqual({
      key,
      instances: [
        { first: 0, last: 2 },
        { first: 5, last: 5 },
        { first: 7, last: 9 },
      ],
    });
    expect(formatInstanceKey(accepted(parseKey('local/www/prod/web.1/5,7-9,0-2')))).toBe(
      'local/www/prod/web.1/0-2,5,7-9',
    );
  });

  it.each([[''], ['local/www/prod'], ['a/b/c/d/1/2']])('is refused when it is %j', (text) => {
    expect(messages(parseKey(text))).toEqual([
      `the whole config: "${text}" is not cluster/role/environment/name, or that with /instances after it`,
    ]);
  });

  it('names every part that is wrong', () => {
    expect(messages(parseKey('local//pr od/web'))).toEqual([
      'role: "" is not a name of 1 to 255 letters, digits, _ - and .',
      'environment: "pr od" is not a name of 1 to 255 letters, digits, _ - and .',
    ]);
    expect(messages(parseKey('a/b/c/d/x'))).toEqual([
      'instances: "x" is not instances as in 0-2,5,7-9, none above 2147483647',
    ]);
  });
});

describe('instances', () => {
  it('that overlap or touch become one range', () => {
    expect(parseInstances('3,0-1,2,1-3,9')).toEqual([
      { first: 0, last: 3 },
      { first: 9, last: 9 },
    ]);
  });

  it.each([[''], ['a'], ['1-'], ['-1'], ['2-1'], ['1,,2'], ['1.5'], ['2147483648']])('are not %j', (text) => {
    expect(parseInstances(text)).toBeUndefined();
  });

  it('are not counted out: a wide range is two numbers', () => {
    expect(parseInstances('0-2147483647')).toEqual([{ first: 0, last: 2147483647 }]);
  });

  it('contain what lies in a range, and all when there are none', () => {
    const ranges = parseInstances('0-2,5');
    expect([0, 2, 3, 5, 6].map((instance) => hasInstance(ranges, instance))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(hasInstance(undefined, 99)).toBe(true);
  });
});

describe('a task id', () => {
  it('is role-env-name-instance-uuid, other characters made dashes', () => {
    expect(taskId('www.data', 'prod', 'web_1', 3, 'b9d4-11')).toBe('www-data-prod-web_1-3-b9d4-11');
  });
});

describe('a portmap', () => {
  it('is followed to the end of every alias', () => {
    const result = resolvePortmap({ http: '80', aurora: 'http', https: 'aurora', thrift: 'service', x: 'x' });
    expect(result.ok && Object.fromEntries(result.ports)).toEqual({
      http: 80,
      aurora: 80,
      https: 80,
      thrift: 'service',
      x: 'x',
    });
  });

  it('with a cycle says which', () => {
    expect(resolvePortmap({ z: 'a', a: 'b', b: 'a' })).toEqual({ ok: false, cycle: ['a', 'b', 'a'] });
  });
});

describe('requested ports', () => {
  const withCommand = (cmdline: string, more = {}): readonly string[] =>
    requestedPorts(job({ task: taskJson({ processes: [processJson('a', { cmdline })] }), ...more }));

  it('are those that the task refers to', () => {
    expect(withCommand('x {{thermos.ports[http]}} {{thermos.ports[admin]}} {{thermos.ports[http]}}')).toEqual(
      ['admin', 'http'],
    );
    expect(withCommand('none')).toEqual([]);
  });

  it('are those at which an alias ends, once', () => {
    expect(withCommand('{{thermos.ports[aurora]}}', { announce: {} })).toEqual(['http']);
  });

  it('are not those that are fixed', () => {
    const more = { announce: { portmap: { http: 80, aurora: 'http' } }, constraints: { dedicated: '*/x' } };
    expect(withCommand('{{thermos.ports[http]}} {{thermos.ports[admin]}}', more)).toEqual(['admin']);
  });

  it('are those of the shell health check too', () => {
    const health_checker = { shell: { shell_command: 'curl localhost:{{thermos.ports[health]}}' } };
    expect(withCommand('x', { health_check_config: { health_checker } })).toEqual(['health']);
  });
});

describe('a constraint', () => {
  it.each([
    ['a,b,a', { kind: 'value', negated: false, values: ['a', 'b'] }, 'a,b'],
    ['!a', { kind: 'value', negated: true, values: ['a'] }, '!a'],
    ['limit:3', { kind: 'limit', limit: 3 }, 'limit:3'],
    ['limited', { kind: 'value', negated: false, values: ['limited'] }, 'limited'],
  ])('%s is read and printed', (text, parsed, printed) => {
    expect(parseConstraint(text)).toEqual(parsed);
    expect(printConstraint(parseConstraint(text)!)).toBe(printed);
  });
});

describe('an update strategy', () => {
  it.each([
    [{ batch_size: 3 }, { kind: 'queue', batchSize: 3 }],
    [
      { batch_size: 3, wait_for_batch_completion: true },
      { kind: 'batch', batchSizes: [3], autopause: false },
    ],
    [{ update_strategy: { batch_size: 2 } }, { kind: 'queue', batchSize: 2 }],
    [
      { update_strategy: { batch_size: 2, autopause_after_batch: true } },
      { kind: 'batch', batchSizes: [2], autopause: true },
    ],
    [{ update_strategy: { batch_sizes: [1, 5] } }, { kind: 'batch', batchSizes: [1, 5], autopause: false }],
  ])('of %j is %j', (config, strategy) => {
    expect(updateStrategy(job({ update_config: config }).update_config)).toEqual(strategy);
  });
});

describe('a container', () => {
  it.each([
    [undefined, 'mesos'],
    [{}, 'mesos'],
    [{ volumes: [{ container_path: '/a', host_path: '/b', mode: 'RO' }] }, 'mesos'],
    [{ image: { name: 'a', image_id: 'sha' } }, 'mesos'],
    [{ image: 'alpine' }, 'docker'],
    [{ docker: { image: 'alpine', parameters: [{ name: 'a', value: 'b' }] } }, 'docker'],
  ])('%j is %s', (container, kind) => {
    expect(containerKind(job(container === undefined ? {} : { container }).container).kind).toBe(kind);
  });
});

describe('an SLA policy', () => {
  it.each([
    [{ percentage: 90, duration_secs: 1 }, 'percentage'],
    [{ count: 3, duration_secs: 1 }, 'count'],
    [{ coordinator_url: 'http://x' }, 'coordinator'],
  ])('%j is a %s', (sla_policy, kind) => {
    expect(slaPolicyKind(job({ sla_policy, instances: 20 }).sla_policy!).kind).toBe(kind);
  });
});

describe('megabytes', () => {
  it('are whole', () => {
    expect([1048575, 1048576, 3 * 1048576 - 1].map(wholeMegabytes)).toEqual([0, 1, 2]);
  });
});
