import { LaunchError, planLaunch, type LaunchFacts } from '../../src/executor/launch-core.js';
import { assignPorts } from '../../src/executor/ports-core.js';
import { bindTemplates, PASSES_MAX, resolveTemplates } from '../../src/templates/templates-core.js';
import { instanceOf, taskInfo } from '../support/tasks.js';

const facts: LaunchFacts = {
  hostname: 'h1',
  announcerRoot: '/aurora',
  announcerHostname: '',
  announcerAllowCustomPath: false,
};

describe('a template', () => {
  const bindings = new Map([
    ['thermos.ports[http]', '31000'],
    ['thermos.ports[web7]', '31001'],
    ['mesos.instance', '7'],
    ['a', '{{b}}'],
    ['b', '{{mesos.instance}}'],
  ]);
  it.each([
    ['plain', 'plain'],
    ['{{thermos.ports[http]}}', '31000'],
    ['{{mesos.instance}}-{{mesos.instance}}', '7-7'],
    ['{{thermos.ports[web{{mesos.instance}}]}}', '31001'],
    ['{{a}}', '7'],
    ['{{&mesos.instance}}', '{{mesos.instance}}'],
    ['{ {x} } ${y} {{}}', '{ {x} } ${y} {{}}'],
  ])('%j is %j', (text, resolved) => {
    expect(resolveTemplates({ x: [text] }, bindings)).toEqual({ x: [resolved] });
  });

  it('names the field and the ref that nobody binds', () => {
    expect(() => resolveTemplates({ processes: [{ cmdline: 'echo {{who}}' }] }, bindings)).toThrow(
      'processes[0].cmdline: {{who}} is bound by nobody; on the agent there are {{thermos.ports[http]}}',
    );
  });

  it('ends, even if its bindings do not', () => {
    expect(() => resolveTemplates('{{x}}', new Map([['x', '{{x}} ']]))).toThrow(`after ${PASSES_MAX} passes`);
    expect(() => resolveTemplates('{{x}}', new Map([['x', '{{x}}{{x}}']]))).toThrow('grows over');
  });

  it('may be left where it is by who does not know it, literals too', () => {
    expect(bindTemplates('{{b}} {{c}} {{&b}}', new Map([['b', '1']]))).toBe('1 {{c}} {{&b}}');
  });
});

describe('the ports of a task', () => {
  const info = taskInfo('t', '{}', [31_005, 31_000, 31_001]);

  it('go to the names in sorted order', () => {
    expect([...assignPorts(['http', 'admin'], info)]).toEqual([
      ['admin', 31_000],
      ['http', 31_001],
    ]);
  });

  it('are those that the scheduler named, where it did', () => {
    const ports = { ports: [{ name: 'http', number: 31_000 }, { number: 31_001 }] };
    const named = { ...info, discovery: { visibility: 'CLUSTER', ports } } as const;
    expect([...assignPorts(['http', 'admin'], named)]).toEqual([
      ['http', 31_000],
      ['admin', 31_001],
    ]);
  });

  it('are a reason to refuse when there are too few', () => {
    expect(() => assignPorts(['a', 'b', 'c', 'd'], info)).toThrow(
      "ports: a, b, c, d must be assigned, but the task's resources leave 3 for them",
    );
  });
});

describe('the plan of a launch', () => {
  const announce = { portmap: { aurora: 'http', admin: '8080' } };

  it('has everything resolved', () => {
    const instance = instanceOf('run {{thermos.ports[http]}} {{thermos.ports[health]}}', { announce });
    const plan = planLaunch(taskInfo('t1', instance, [31_000, 31_001]), facts);
    expect(plan.task.processes[0]?.cmdline).toBe('run 31001 31000');
    expect(plan.user).toBe('root');
    expect(plan.health).toMatchObject({ probe: { kind: 'http', port: 31_000 } });
    expect(plan.announce?.path).toBe('/aurora/root/test/hello');
    expect(plan.announce?.member.serviceEndpoint).toEqual({ host: 'h1', port: 31_001 });
    expect(Object.keys(plan.announce?.member.additionalEndpoints ?? {}).sort()).toEqual([
      'admin',
      'aurora',
      'health',
      'http',
    ]);
  });

  it('has a shell check where there is one, and none without a port named health', () => {
    const shell = { health_checker: { shell: { shell_command: 'test {{mesos.instance}} = 3' } } };
    const plan = planLaunch(taskInfo('t1', instanceOf('true', { health_check_config: shell })), facts);
    expect(plan.health?.probe).toEqual({ kind: 'shell', command: 'test 3 = 3' });
    expect(planLaunch(taskInfo('t1', instanceOf('true')), facts).health).toBeNull();
  });

  it('has the lifecycle only with its port', () => {
    const lifecycle = { http: {} };
    expect(planLaunch(taskInfo('t1', instanceOf('true', { lifecycle })), facts).lifecycle).toBeNull();
    const instance = instanceOf('{{thermos.ports[health]}}', { lifecycle });
    expect(planLaunch(taskInfo('t1', instance, [31_000]), facts).lifecycle).toMatchObject({
      port: 31_000,
      http: { graceful_shutdown_endpoint: '/quitquitquit', shutdown_wait_secs: 5 },
    });
  });

  it('announces where and as what the executor was told to', () => {
    const instance = instanceOf('true', {
      announce: { primary_port: 'none', zk_path: '/own/path', portmap: {} },
    });
    const own = { ...facts, announcerAllowCustomPath: true, announcerHostname: 'public.example' };
    const plan = planLaunch(taskInfo('t1', instance, [31_000]), own);
    expect(plan.announce).toMatchObject({
      path: '/own/path',
      member: { serviceEndpoint: { host: 'public.example', port: 0 } },
    });
    expect(() => planLaunch(taskInfo('t1', instance, [31_000]), facts)).toThrow(LaunchError);
  });

  it('has the task\u2019s own user before its role', () => {
    const { task } = instanceOf('echo {{thermos.user}}') as { task: object };
    const plan = planLaunch(
      taskInfo('t1', instanceOf('', { role: 'r', task: { ...task, user: 'u' } })),
      facts,
    );
    expect([plan.user, plan.task.processes[0]?.cmdline]).toEqual(['u', 'echo u']);
  });

  it('refuses data that is none', () => {
    expect(() => planLaunch({ ...taskInfo('t1', ''), data: '' }, facts)).toThrow('the task has no data');
  });
});
