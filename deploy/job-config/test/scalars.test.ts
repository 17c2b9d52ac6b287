/** Scalars of JSON, as Pystachio reads them, and the words in which they are refused. */
import { job, jobErrors, processJson, task, taskErrors, taskJson } from './jobs.js';

describe('an Integer', () => {
  it.each([
    [3, 3],
    ['3', 3],
    [' 3 ', 3],
    ['+3', 3],
    ['007', 7],
  ])('takes %j', (json, value) => {
    expect(job({ instances: json }).instances).toBe(value);
  });

  it.each([
    ['1.0'],
    [1.5],
    ['three'],
    [''],
    ['{{n}}'],
    [true],
    [null],
    [[]],
    [{}],
    [0],
    ['1e3'],
    ['9'.repeat(30)],
  ])('refuses %j', (json) => {
    expect(jobErrors({ instances: json })[0]).toMatch(/^instances: .* is not an integer of at least 1$/);
  });

  it('is named by its path, its value and what is allowed', () => {
    expect(taskErrors({ processes: [processJson('a'), processJson('b', { max_failures: -1 })] })).toEqual([
      'processes[1].max_failures: -1 is not an integer of at least 0',
    ]);
  });
});

describe('a Float', () => {
  it.each([
    [1, 1],
    [0.5, 0.5],
    ['.5', 0.5],
    ['1.', 1],
    ['1e-1', 0.1],
  ])('takes %j', (json, value) => {
    expect(task({ resources: { cpu: json, ram: 1 << 20, disk: 1 << 20 } }).resources.cpu).toBe(value);
  });

  it.each([['nan'], ['inf'], ['1,5'], [''], [true], [null], ['1e999']])('refuses %j', (json) => {
    expect(jobErrors({ health_check_config: { interval_secs: json } })[0]).toMatch(
      /^health_check_config\.interval_secs: .* is not a number of at least 0$/,
    );
  });
});

describe('a Boolean', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['True', true],
    ['1', true],
    [1, true],
    ['false', false],
    ['FALSE', false],
    ['0', false],
    [0, false],
  ])('takes %j', (json, value) => {
    expect(job({ service: json }).service).toBe(value);
  });

  it.each([['yes'], [''], [2], [null]])('refuses %j', (json) => {
    expect(jobErrors({ service: json })[0]).toMatch(/^service: .* is not true or false$/);
  });
});

describe('a String', () => {
  it('takes a number as its digits', () => {
    expect(job({ metadata: [{ key: 1, value: 2.5 }] }).metadata).toEqual([{ key: '1', value: '2.5' }]);
  });

  it.each([[true], [null], [['a']], [{ a: 1 }]])('refuses %j', (json) => {
    expect(jobErrors({ contact: json })[0]).toMatch(/^contact: .* is not a string$/);
  });

  it('is cut in the message when it is long', () => {
    const [message = ''] = jobErrors({ instances: 'x'.repeat(10_000) });
    expect(message.length).toBeLessThan(200);
  });
});

describe('an Enum', () => {
  it('takes its words as they are spelled', () => {
    const logger = { destination: 'both', mode: 'rotate', rotate: { log_size: '5' } };
    const { processes } = task({ processes: [processJson('a', { logger })] });
    expect(processes[0]?.logger).toEqual({ ...logger, rotate: { log_size: 5, backups: 5 } });
  });

  it('lists its words when it refuses', () => {
    expect(taskErrors({ processes: [processJson('a', { logger: { destination: 'File' } })] })).toEqual([
      'processes[0].logger.destination: "File" is not one of file, console, both, none',
    ]);
  });

  it('takes a cron collision policy in any case, as Aurora does', () => {
    expect(job({ cron_collision_policy: 'cancel_new' }).cron_collision_policy).toBe('CANCEL_NEW');
  });
});

describe('a list and a map', () => {
  it('are refused when they are something else, or null', () => {
    expect(jobErrors({ metadata: {}, constraints: [], task: taskJson({ constraints: null }) })).toEqual([
      'task.constraints: null is not a list',
      'constraints: an empty list is not an object',
      'metadata: an object is not a list',
    ]);
  });

  it('are refused when they are endless', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => [`a${index}`, 'x'] as const);
    expect(jobErrors({ constraints: Object.fromEntries(many) })).toEqual([
      'constraints: an object is not an object of at most 10000 entries',
    ]);
    expect(jobErrors({ metadata: many.map(([key]) => ({ key, value: '' })) })).toEqual([
      'metadata: a list is not a list of at most 10000',
    ]);
  });

  it('may have keys like __proto__ and constructor', () => {
    const constraints = JSON.parse('{"__proto__": "a", "constructor": "b"}') as unknown;
    expect(Object.entries(job({ constraints }).constraints ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});
