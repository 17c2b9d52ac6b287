/** Errors of a config: file, line, and what is expected. Needs the built package. */
import { Bench, READY } from './support.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

const RUN_TIME = 'mesos.instance, mesos.hostname, thermos.task_id, thermos.ports[name]';

describe('what a config says wrong', () => {
  it('is an unknown field, with its nearest neighbour, at the line of the argument', async () => {
    const [error = ''] = await bench.errors(`${READY}jobs = [\n  J(\n    name='x',\n    instnces=3)]`);
    expect(error).toMatch(
      /^jobs\.aurora:6: Job has no field "instnces"; did you mean "instances"\? \(expected: one of name, /,
    );
  });

  it.each([
    [
      'a syntax error',
      'x = (1,\ny = }',
      [
        "jobs.aurora:2:5: SyntaxError: closing parenthesis '}' does not match opening parenthesis '(' on line 1",
      ],
    ],
    [
      'a statement of Python 2',
      "print 'x'",
      ["jobs.aurora:1:1: SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?"],
    ],
    [
      'a name that is not there',
      'a = Jobb()',
      ['jobs.aurora:1: NameError: name "Jobb" is not defined; did you mean "Job"?'],
    ],
    ['an exception of its own', "def f():\n  raise ValueError('no')\nf()", ['jobs.aurora:2: ValueError: no']],
    [
      'calls without end',
      'def f(): return f()\nf()',
      ['jobs.aurora:1: RecursionError: calls are nested too deep'],
    ],
    [
      'no jobs',
      'x = 1',
      ['jobs.aurora: there is no job in this config (expected: a list "jobs" with at least one Job)'],
    ],
    ['jobs that are no list', 'jobs = 3', ['jobs.aurora: jobs: 3 is not a list (expected: a list of Job)']],
    ['a job that is none', "jobs = ['x']", ['jobs.aurora: jobs[0]: "x" is not a Job']],
  ])('is %s', async (_what, text, errors) => {
    expect(await bench.errors(text)).toEqual(errors);
  });

  it.each([
    ["J(task=Process(name='a'))", ['Job.task: a Process is not a Task']],
    ['J(instances=[1])', ['Job.instances: a list is not an integer']],
    ['J(contact=None)', ['Job.contact: None is not a string']],
    [
      "J(container={'image': 'x', 'parametrs': []})",
      [
        'Job.container: Docker has no field "parametrs"; did you mean "parameters"? (expected: one of image, parameters)',
      ],
    ],
    ["J(container=Mesos(volumes=[Volume(mode='RX')]))", ['Volume.mode: "RX" is not RO or RW']],
    [
      "J(task=t(processes=[{'nme': 'x'}]))",
      [
        'Task.processes[0]: Process has no field "nme"; did you mean "name"? (expected: one of cmdline, name, resources, max_failures, daemon, ephemeral, min_duration, final, logger)',
      ],
    ],
    ['J(contact=t.nme())', ['AttributeError: Task has no field "nme"; did you mean "name"?']],
    [
      "J(task=SequentialTask(constraints=order('a', 'b')))",
      ['SequentialTask: constraints are given (expected: a Task without constraints)'],
    ],
  ])('when it makes %s', async (job, errors) => {
    expect(await bench.errors(`${READY}jobs = [${job}]`)).toEqual(
      errors.map((error) => `jobs.aurora:3: ${error}`),
    );
  });

  it.each([
    ["J(instances='abc')", ['instances: "abc" is not an integer']],
    ['J(instances=1.5)', ['instances: 1.5 is not an integer']],
    ["J(production='maybe')", ['production: "maybe" is not True or False']],
    ['J(task=t(max_failures=-1))', ['task.max_failures: -1 is not an integer of at least 0']],
    ["J(environment='east')", []],
    [
      "J(contact='{{stop}}')",
      ['contact: {{stop}} is not bound (expected: .bind(..) in the config or --bind stop=VALUE)'],
    ],
    [
      "J(contact='{{a b}}')",
      [
        'contact: "a b" is not the name of a ref (expected: name.field[key]; {{&text}} stands for {{text}} in braces)',
      ],
    ],
    [
      "J(contact='{{thermos.portz[a]}}')",
      [`contact: {{thermos.portz[a]}} is nothing that the agent knows (expected: ${RUN_TIME})`],
    ],
    [
      "J(contact='{{x[{{mesos.instance}}]}}')",
      [`contact: "{{x[x]}}" is not a run-time ref (${RUN_TIME}), and refs do not nest`],
    ],
    [
      "J(instances='{{mesos.instance}}')",
      ['instances: "{{mesos.instance}}" is not an integer: {{mesos.instance}} is known on the agent only'],
    ],
    [
      "J(contact='{{a}}').bind(a='{{b}}', b='{{a}}')",
      ['contact: "{{a}}" refers to itself: refs are left after 100 passes'],
    ],
    [
      "J(contact='{{task}}')",
      ['contact: {{task}} is a Task, not a text (expected: the name of a field below it)'],
    ],
    [
      "J(container=Docker(image='{{docker.image[a][b]}}'))",
      [
        'container.image: {{docker.image[a][b]}} needs a look-up in a registry, which is not supported (expected: the whole name of the image, or --bind docker.image[a][b]=IMAGE)',
      ],
    ],
    [
      "J(constraints={'host': 'limit:0'})",
      [
        'constraints.host: "limit:0" is not limit:<integer of at least 1>, or values joined by commas, \'!\' before them negates',
      ],
    ],
  ])('when %s keeps no rule, with the key of the job', async (job, errors) => {
    const environment = job.includes('east') ? 'east' : 'test';
    const more =
      environment === 'east'
        ? ['environment: "east" is not prod, devel, test, staging or staging<number>']
        : errors;
    expect(await bench.errors(`${READY}jobs = [${job}]`)).toEqual(
      more.map((error) => `jobs.aurora:3: local/www/${environment}/x: ${error}`),
    );
  });

  it('is what is missing, with struct and field, at the line where the struct was made', async () => {
    const text = `${READY}jobs = [J(task=Task(\n  name='q', processes=[\n    Process(name='p')])), Job(task=t)]`;
    expect(await bench.errors(text)).toEqual([
      'jobs.aurora:5: local/www/test/x: task.processes[0]: Process needs a field "cmdline" (expected: String)',
      'jobs.aurora:3: local/www/test/x: task: Task needs a field "resources" (expected: Resources)',
      'jobs.aurora:5: (none)/(none)/(none)/n: Job needs a field "role" (expected: String)',
      'jobs.aurora:5: (none)/(none)/(none)/n: Job needs a field "cluster" (expected: String)',
      'jobs.aurora:5: (none)/(none)/(none)/n: Job needs a field "environment" (expected: String)',
    ]);
  });

  it('is the same key twice', async () => {
    expect(await bench.errors(`${READY}jobs = [\n  J(),\n  J()]`)).toEqual([
      'jobs.aurora:5: local/www/test/x: a second job with this key; the other is in line 4 (expected: keys that are unique in the config)',
    ]);
  });

  it('is text that doubles and doubles as its refs are filled in', async () => {
    const bound = Array.from({ length: 40 }, (_, i) => `a${i}='{{a${i + 1}}}{{a${i + 1}}}'`).join(', ');
    const [error] = await bench.errors(`${READY}jobs = [J(contact='{{a0}}').bind(${bound}, a40='xxxx')]`);
    expect(error).toContain('grows beyond 1048576 characters');
  });

  it('is a binding that has no name', async () => {
    expect(await bench.errors(`${READY}jobs = [J()]`, { bindings: { 'a b': '1' } })).toEqual([
      'jobs.aurora: --bind a b=1: "a b" is not the name of a ref (expected: name.field[key]; {{&text}} stands for {{text}} in braces)',
    ]);
  });
});

describe('what an included file says wrong', () => {
  it('is told with the way that led there', async () => {
    bench.write('sub/deep.aurora', "include('../broken.aurora')");
    bench.write('broken.aurora', 'a = 1\n\nb = Metadata(kez=1)');
    expect(await bench.errors("x = 1\ninclude('sub/deep.aurora')")).toEqual([
      'broken.aurora:3, included from sub/deep.aurora:1, included from jobs.aurora:2: ' +
        'Metadata has no field "kez"; did you mean "key"? (expected: one of key, value)',
    ]);
  });

  it('may be its syntax', async () => {
    bench.write('bad.aurora', 'x = 1\ny = (\n');
    expect(await bench.errors("include('bad.aurora')")).toEqual([
      "bad.aurora:2:5, included from jobs.aurora:1: SyntaxError: '(' was never closed",
    ]);
  });

  it.each([
    ['nothere.aurora', 'there is no file "nothere.aurora" below the folder of the config'],
    ['../x.aurora', '"../x.aurora" is outside the folder of the config'],
    ['jobs.aurora', '"jobs.aurora" includes itself'],
    ['.', '"." is outside the folder of the config'],
  ])('or that there is no such file: %s', async (name, error) => {
    expect(await bench.errors(`include('${name}')`)).toEqual([`jobs.aurora:1: include: ${error}`]);
  });

  it('is told at the line of its own that a rule is broken by', async () => {
    bench.write('base.aurora', '\nBASE = Resources(cpu=0, ram=MB, disk=MB)');
    expect(await bench.errors(`include('base.aurora')\n${READY}jobs = [J(task=t(resources=BASE))]`)).toEqual([
      'base.aurora:2: local/www/test/x: task.resources.cpu: 0 is not a number above 0',
    ]);
  });
});

describe('a file', () => {
  it.each([
    ['none', 'nothere.aurora', 'there is no such file'],
    ['a folder', '.', 'cannot be read: it is not a file'],
  ])('that is %s is an error', async (_what, name, message) => {
    const file = `${bench.folder}/${name}`;
    const result = await bench.loader.load({ file });
    expect(result).toEqual({ ok: false, errors: [{ file, line: null, message }] });
  });

  it('that is too large is an error', async () => {
    expect(await bench.errors('#'.repeat(1024 * 1024 + 1))).toEqual([
      'jobs.aurora: cannot be read: it has 1048577 bytes; allowed are 1048576',
    ]);
  });
});
