/** What the executor reads out of `TaskInfo.data`. */
import { parseMesosTaskInstance, print } from '@murmur/job-config';
import { accepted, job, jobJson, messages, taskJson } from './jobs.js';

/** As the scheduler writes it: the whole job, without what must not make two instances differ. */
function data(more = {}): unknown {
  const left = { ...job(more), update_config: undefined, instances: undefined };
  return JSON.parse(JSON.stringify(left));
}

describe('a task instance', () => {
  it('is read from the JSON of a whole job, whose other fields are ignored', () => {
    const { name, cluster, role, environment, task, health_check_config, lifecycle } = job();
    expect(
      accepted(parseMesosTaskInstance(data({ metadata: [{ key: 'a', value: 'b' }] }), { instance: 3 })),
    ).toEqual({ name, cluster, role, environment, task, health_check_config, lifecycle, instance: 3 });
  });

  it('keeps run-time refs', () => {
    const task = taskJson({ processes: [{ name: 'a', cmdline: 'x {{mesos.instance}}' }] });
    const instance = accepted(parseMesosTaskInstance(data({ task }), { instance: 0 }));
    expect(instance.task.processes[0]?.cmdline).toBe('x {{mesos.instance}}');
  });

  it('takes the number of the JSON where it has one', () => {
    const json = { ...jobJson(), instance: '7' };
    expect(accepted(parseMesosTaskInstance(json, { instance: 3 })).instance).toBe(7);
  });

  it('needs a number', () => {
    expect(messages(parseMesosTaskInstance(data()))).toEqual([
      'instance: missing; it must be an integer of at least 0',
    ]);
  });

  it('has no HTTP lifecycle unless the JSON has', () => {
    const instance = accepted(parseMesosTaskInstance(jobJson(), { instance: 0 }));
    expect(instance.lifecycle).toBeUndefined();
    expect(instance.health_check_config).toEqual(job().health_check_config);
  });

  it('takes any environment: which are allowed is for the scheduler to say', () => {
    const json = jobJson({ environment: 'canary' });
    expect(accepted(parseMesosTaskInstance(json, { instance: 0 })).environment).toBe('canary');
  });

  it('is refused for what no agent could run', () => {
    const json = jobJson({
      task: taskJson({ constraints: [{ order: ['web', 'web'] }], user: '{{role}}' }),
      announce: { portmap: { a: 'b', b: 'a' } },
    });
    expect(messages(parseMesosTaskInstance(json, { instance: 0 }))).toEqual([
      'task.user: "{{role}}" is not a run-time ref (mesos.instance, mesos.hostname, thermos.task_id, ' +
        'thermos.ports[name]), and refs do not nest',
      'task.constraints: "web -> web" is not an order without a cycle',
      'announce.portmap: "a -> b -> a" is not free of cycles',
    ]);
    expect(messages(parseMesosTaskInstance('{}', { instance: 0 }))).toEqual([
      'the whole config: "{}" is not an object (MesosTaskInstance)',
    ]);
  });

  it('is read again as what it was printed from', () => {
    const instance = accepted(parseMesosTaskInstance(data({ announce: {} }), { instance: 3 }));
    expect(accepted(parseMesosTaskInstance(JSON.parse(print(instance)), { unknown: 'refuse' }))).toEqual(
      instance,
    );
  });
});
