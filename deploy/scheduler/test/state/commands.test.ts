import { INSTANCES_MAX } from '../../src/state/index.js';
import { HOUR, JOB, jobOf, MB, World } from './world.js';
import type { Json } from './world.js';

function started(more: Json = {}): World {
  const world = new World();
  world.create(more);
  world.start();
  return world;
}

const refusal = (world: World) => world.state.audit(1)[0]?.outcome;

describe('create', () => {
  it('makes a pending task for each instance, with one config for all', () => {
    const world = new World();
    expect(world.create()).toEqual({
      ok: true,
      text: '3 instances of www/prod/web are pending',
      instances: [0, 1, 2],
      effects: [],
    });
    expect(world.states()).toEqual(['0 PENDING', '1 PENDING', '2 PENDING']);
    const [task] = world.active();
    expect(task).toMatchObject({
      id: 'www-prod-web-0-u1',
      job: JOB,
      placement: null,
      ancestorId: null,
      events: [{ state: 'PENDING', by: 'ann', at: world.now }],
    });
    expect(new Set(world.active().map(({ configId }) => configId)).size).toBe(1);
    expect(world.state.config(task!.configId)).toMatchObject({
      jobKey: JOB,
      demand: { cpus: 0.5, memMb: 64, diskMb: 16, ports: ['http'] },
    });
  });

  it('writes into the audit log who did what, why and with what outcome', () => {
    const world = new World();
    world.create();
    expect(world.state.audit(10)).toEqual([
      {
        id: '0000000000000001',
        at: world.now,
        who: 'ann',
        action: 'job.create',
        target: JOB,
        reason: 'because',
        outcome: '3 instances of www/prod/web are pending',
      },
    ]);
  });

  it.each<[string, string, Json, string]>([
    ['a cron job', 'not-supported', { cron_schedule: '* * * * *', service: false }, 'cron'],
    ['an image', 'not-supported', { container: { image: 'nginx' } }, 'container'],
    ['an image of Mesos', 'not-supported', { container: { image: { name: 'a', tag: 'b' } } }, 'container'],
    [
      'GPUs',
      'not-supported',
      { task: { ...jobOf().task, resources: { cpu: 1, ram: MB, disk: MB, gpu: 1 } } },
      'gpu',
    ],
    ['more instances than a job may have', 'limit-exceeded', { instances: INSTANCES_MAX + 1 }, '4000'],
    ['a tier that is not there', 'invalid-job', { tier: 'gold' }, 'gold'],
  ])('refuses %s, says so in the audit log, and changes nothing else', (_what, code, more, text) => {
    const world = new World();
    const outcome = world.create(more);
    expect(outcome).toMatchObject({ ok: false, code });
    expect(refusal(world)).toContain(text);
    expect(world.state.taskCount).toBe(0);
  });

  it('refuses a job that has active instances, that can never fit, or that is for another cluster', () => {
    const world = new World({ cluster: 'local' });
    world.neverFits = 'every agent has less than 64 MB';
    expect(world.create()).toMatchObject({ ok: false, code: 'never-fits' });
    expect(refusal(world)).toContain('every agent has less than 64 MB');
    world.neverFits = null;
    expect(world.create({ cluster: 'moon' })).toMatchObject({ ok: false, code: 'invalid-job' });
    world.create();
    expect(world.create()).toMatchObject({ ok: false, code: 'job-exists' });
    expect(world.state.audit(10).length).toBe(4);
  });

  it('makes a job anew whose instances have all ended', () => {
    const world = started();
    world.execute({ kind: 'kill', job: JOB, instances: null });
    for (const task of world.active()) world.update(task.id, 'killed');
    expect(world.create()).toMatchObject({ ok: true });
    expect(world.active()).toHaveLength(3);
    world.tick(HOUR);
    expect(world.state.taskCount).toBe(6);
  });
});

describe('kill', () => {
  it('asks the engine for those that run, and forgets at once those that wait', () => {
    const world = started({ instances: 2 });
    world.execute({ kind: 'add', job: JOB, instance: 0, count: 1 });
    const outcome = world.execute({ kind: 'kill', job: JOB, instances: null });
    expect(outcome).toMatchObject({
      ok: true,
      instances: [0, 1, 2],
      text: '2 instances of www/prod/web are being killed; 1 instance of www/prod/web is gone, never having started',
    });
    expect(outcome.ok && outcome.effects).toEqual(
      world.active().map(({ id }) => ({ kind: 'kill', taskId: id, agentId: 'a1', graceMs: 30_000 })),
    );
    expect(world.states()).toEqual(['0 KILLING', '1 KILLING']);
    for (const task of world.active()) world.update(task.id, 'killed');
    expect(world.states()).toEqual(['0 KILLED', '1 KILLED']);
  });

  it('refuses instances that are not there, naming them, and kills none', () => {
    const world = started();
    const outcome = world.execute({ kind: 'kill', job: JOB, instances: [1, 7, 8, 11] });
    expect(outcome).toEqual({
      ok: false,
      code: 'not-found',
      message: 'www/prod/web has no active instances 7-8,11',
    });
    expect(world.states()).toEqual(['0 RUNNING', '1 RUNNING', '2 RUNNING']);
    expect(world.execute({ kind: 'kill', job: 'no/prod/job', instances: null })).toMatchObject({
      code: 'not-found',
    });
    expect(world.execute({ kind: 'kill', job: JOB, instances: [] })).toMatchObject({ code: 'bad-request' });
  });

  it('leaves alone what is being killed already', () => {
    const world = started({ instances: 1 });
    world.execute({ kind: 'kill', job: JOB, instances: [0] });
    expect(world.execute({ kind: 'kill', job: JOB, instances: [0] })).toMatchObject({
      ok: true,
      instances: [],
      effects: [],
      text: '1 instance of www/prod/web is being killed already',
    });
  });
});

describe('add', () => {
  it('clones an instance at the numbers after the highest', () => {
    const world = started();
    world.execute({ kind: 'kill', job: JOB, instances: [1] });
    world.update(world.task(1).id, 'killed');
    expect(world.execute({ kind: 'add', job: JOB, instance: 2, count: 2 })).toMatchObject({
      ok: true,
      instances: [3, 4],
      text: '2 instances of www/prod/web are pending: 3-4',
    });
    expect(world.task(4).configId).toBe(world.task(2).configId);
  });

  it('refuses an instance that is not there, no instances, and too many', () => {
    const world = started();
    expect(world.execute({ kind: 'add', job: JOB, instance: 9, count: 1 })).toMatchObject({
      code: 'not-found',
    });
    expect(world.execute({ kind: 'add', job: JOB, instance: 0, count: 0 })).toMatchObject({
      code: 'bad-request',
    });
    expect(world.execute({ kind: 'add', job: JOB, instance: 0, count: 3998 })).toMatchObject({
      code: 'limit-exceeded',
    });
  });
});

describe('restart', () => {
  it('kills those that run, whose replacements are pending once they have ended', () => {
    const world = started({ instances: 2 });
    world.execute({ kind: 'add', job: JOB, instance: 0, count: 1 });
    const outcome = world.execute({ kind: 'restart', job: JOB, instances: null });
    expect(outcome).toMatchObject({
      ok: true,
      instances: [0, 1],
      text: '2 instances of www/prod/web are restarting; 1 instance of www/prod/web is left alone: pending anyway',
    });
    expect(outcome.ok && outcome.effects).toHaveLength(2);
    expect(world.states()).toEqual(['0 RESTARTING', '1 RESTARTING', '2 PENDING']);
    for (const { id, state } of world.active()) if (state === 'RESTARTING') world.update(id, 'killed');
    expect(world.states()).toEqual(['0 PENDING', '0 KILLED', '1 PENDING', '1 KILLED', '2 PENDING']);
  });

  it('replaces at once what is on an agent that cannot be reached', () => {
    const world = started({ instances: 1, partition_policy: { reschedule: false } });
    world.update(world.task().id, 'unreachable');
    world.execute({ kind: 'restart', job: JOB, instances: [0] });
    expect(world.states()).toEqual(['0 PENDING', '0 LOST']);
  });
});

describe('scale', () => {
  it('adds clones of the lowest instance at the lowest free numbers', () => {
    const world = started({ instances: 4 });
    world.execute({ kind: 'kill', job: JOB, instances: [0, 2] });
    world.update(world.task(0).id, 'killed');
    expect(world.execute({ kind: 'scale', job: JOB, instances: 5 })).toMatchObject({
      ok: true,
      // 2 is being killed still.
      instances: [0, 4, 5],
    });
    expect(world.states().filter((text) => text.endsWith('PENDING'))).toEqual([
      '0 PENDING',
      '4 PENDING',
      '5 PENDING',
    ]);
  });

  it('kills the highest numbers', () => {
    const world = started({ instances: 4 });
    expect(world.execute({ kind: 'scale', job: JOB, instances: 1 })).toMatchObject({ instances: [1, 2, 3] });
    expect(world.states()).toEqual(['0 RUNNING', '1 KILLING', '2 KILLING', '3 KILLING']);
  });

  it('has nothing to do at the present number, and refuses none or too many', () => {
    const world = started();
    expect(world.execute({ kind: 'scale', job: JOB, instances: 3 })).toEqual({
      ok: true,
      text: 'nothing to do: 3 instances of www/prod/web are active',
      instances: [],
      effects: [],
    });
    expect(world.execute({ kind: 'scale', job: JOB, instances: 0 })).toMatchObject({ code: 'bad-request' });
    expect(world.execute({ kind: 'scale', job: JOB, instances: 4001 })).toMatchObject({
      code: 'limit-exceeded',
    });
    expect(world.execute({ kind: 'scale', job: 'a/prod/b', instances: 1 })).toMatchObject({
      code: 'not-found',
    });
  });
});
