/** What a config may say, and what comes of it. Needs the built package. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Bench, READY } from './support.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

const key = { cluster: 'local', role: 'www', environment: 'test', name: 'x' };

describe('a config', () => {
  it('calls Job by its old name, and Service what is a service', async () => {
    const text = `${READY}jobs = [MesosJob(cluster='c', role='r', environment='test', task=t), Service(cluster='c', role='r', environment='test', name='s', task=t)]`;
    const jobs = await bench.jobs(text);
    expect(jobs.map(({ job }) => [job.name, job.service])).toEqual([
      ['n', false],
      ['s', true],
    ]);
  });

  it('is bound from outside, the name of a job too', async () => {
    const text = `${READY}jobs = [J(name='something_{{else}}', contact='{{profile.mail}}')]`;
    const job = await bench.job(text, { bindings: { else: 'other', 'profile.mail': 'a@b' } });
    expect(job).toMatchObject({ name: 'something_other', contact: 'a@b' });
  });

  it('writes what is true in many ways', async () => {
    const text = `${READY}jobs = [J(name='%s' % i, production=p) for i, p in enumerate(['true', '1', True, 1, 'True'])]`;
    expect((await bench.jobs(text)).map(({ job }) => job.production)).toEqual([true, true, true, true, true]);
  });

  it('may name the host in the name of a task', async () => {
    const job = await bench.job(`${READY}jobs = [J(task=t(name='n-{{mesos.hostname}}'))]`);
    expect(job.task.name).toBe('n-{{mesos.hostname}}');
  });

  it('keeps braces that are meant as braces', async () => {
    const job = await bench.job(`${READY}jobs = [J(contact='{{&not.a.ref}} {x} {} {{thermos.ports[a-b]}}')]`);
    expect(job.contact).toBe('{{&not.a.ref}} {x} {} {{thermos.ports[a-b]}}');
  });

  it('may use the names of Python 2', async () => {
    const text = `${READY}jobs = [J(contact=unicode(reduce(lambda a, b: a + b, xrange(4))) + str(isinstance('a', basestring)))]`;
    expect((await bench.job(text)).contact).toBe('6True');
  });

  it('may import what has no effect, and read files beside it', async () => {
    bench.write('sub/data.txt', 'read');
    const text = `import json, re, math\nfrom datetime import datetime\n${READY}jobs = [J(contact=open('sub/data.txt').read() + str(datetime.strptime('2020', '%Y').year))]`;
    expect((await bench.job(text)).contact).toBe('read2020');
  });

  it('reads its own structs with has_, getters, check, % and interpolate', async () => {
    const text = `
class P(Struct):
  a = Required(String)
  b = Default(Integer, '{{n}}')
  c = List(String)
class Q(P):
  d = Default(Map(String, Integer), {'k': 1})
p = Q(a='{{x}}')
print(p.has_a(), p.has_c(), p.c() is Empty, p.check().ok(), P().check().message(), P(a='y', b='z').check().message())
q = p % {'x': 'X', 'n': 3}
print(q.a(), q.b().get() + 1, q.interpolate()[1], sorted(map(str, p.interpolate()[1])), q.d()['k'], q == p.bind(x='X', n=3))
print(Integer('3') == 3, String('b') > String('a'), List(String)(['a'])[0], 'a' in List(String)(['a']), Enum('A', 'B')('A'))`;
    expect(await bench.printed(text)).toBe(
      [
        'True False True False P needs a field "a" b: "z" is not an integer',
        "X 4 [] ['{{n}}', '{{x}}'] 1 True",
        'True True a True A',
      ].join('\n'),
    );
  });

  it('chooses a container by the fields of a dict', async () => {
    const job = await bench.job(`${READY}jobs = [J(container={'image': {'name': 'n', 'tag': '1'}})]`);
    expect(job.container).toEqual({ image: { name: 'n', tag: '1' }, volumes: [] });
  });

  it('exports tasks when it is for Thermos alone', async () => {
    const file = bench.write('task.aurora', "export(SimpleTask('a', 'b {{thermos.ports[http]}}'))");
    const result = await bench.loader.load({ file });
    expect(result.ok && result.tasks.map(({ task }) => task.name)).toEqual(['a']);
  });

  it('sees the environment that is passed and no other', async () => {
    const text = 'import os, getpass\nprint(dict(os.environ), getpass.getuser())';
    expect(await bench.printed(text, { environment: { USER: 'ann' } })).toBe("{'USER': 'ann'} ann");
    expect(await bench.printed(text)).toBe('{} nobody');
  });

  it('starts with the names of its own, not with those of the config before it', async () => {
    await bench.printed('mine = 1');
    expect(await bench.errors('print(mine)')).toEqual([
      'jobs.aurora:1: NameError: name "mine" is not defined; did you mean "min"?',
    ]);
  });
});

describe('the example of the README', () => {
  it('prints what the README says', async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const config = /<<'AURORA'\n(.*?)\nAURORA/s.exec(readme)?.[1] ?? '';
    const lines = (await bench.jobs(config)).map(
      ({ job }) => `${job.environment} ${job.name} ${job.instances}`,
    );
    expect(readme).toContain(`prints\n\n\`\`\`\n${lines.join('\n')}\n\`\`\``);
  });
});

describe('a selected job', () => {
  it('is loaded although another lacks a binding', async () => {
    const text = `${READY}jobs = [J(), J(name='y', contact='{{later}}')]`;
    const jobs = await bench.jobs(text, { select: { jobKey: key } });
    expect(jobs.map(({ job }) => job.name)).toEqual(['x']);
  });

  it('is found by a name that only the bindings make', async () => {
    const text = `${READY}jobs = [J(name='{{who}}')]`;
    expect(await bench.jobs(text, { select: { jobKey: key }, bindings: { who: 'x' } })).toHaveLength(1);
  });

  it('that is not there is an error with the candidates and the nearest', async () => {
    const text = `${READY}jobs = [J(name='web'), J(name='api', cluster='east')]`;
    expect(await bench.errors(text, { select: { jobKey: { ...key, name: 'wev' } } })).toEqual([
      'jobs.aurora: there is no job local/www/test/wev in this config; did you mean local/www/test/web? ' +
        '(expected: one of local/www/test/web, east/www/test/api)',
    ]);
  });

  it('that is there twice is an error', async () => {
    const text = `${READY}jobs = [\n  J(),\n  J()]`;
    const error =
      'several jobs have the key local/www/test/x (lines 4, 5) (expected: keys that are unique in the config)';
    expect(await bench.errors(text, { select: { jobKey: key } })).toEqual([`jobs.aurora:5: ${error}`]);
  });
});

describe('besides jobs', () => {
  it('lists the keys, unfinished ones too', async () => {
    const file = bench.write('jobs.aurora', `${READY}jobs = [J(name='{{late}}'), Job(name='bare')]`);
    expect(await bench.loader.configList({ file })).toEqual({
      ok: true,
      jobs: [
        { ...key, name: '{{late}}', file, line: 3 },
        { cluster: null, role: null, environment: null, name: 'bare', file, line: 3 },
      ],
    });
  });

  it('shows jobs as the config has them', async () => {
    const file = bench.write('jobs.aurora', `${READY}jobs = [J(contact='{{role}}@x', instances='{{n}}')]`);
    const result = await bench.loader.raw({ file });
    expect(result.ok && result.jobs).toMatchObject([
      { name: 'x', contact: '{{role}}@x', instances: '{{n}}', task: { name: 'n' } },
    ]);
  });
});

describe('templates', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const text = fc
    .array(
      fc.oneof(
        names.map((name) => `{{${name}}}`),
        fc.stringMatching(/^[\w .]{1,5}$/),
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join(''));

  /** The rule in one line: each name stands for its text, until none is left. */
  function filled(template: string, values: Readonly<Record<string, string>>): string {
    let now = template;
    for (let pass = 0; pass < 10; pass += 1) {
      now = now.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
    }
    return now;
  }

  it('are filled in for any bindings without circles, whatever the order', async () => {
    // `a` may refer to the names after it, and so on: no circles.
    const values = fc.tuple(text, text, text).map(([a, b, c]) => ({
      a: a.replaceAll('{{a}}', ''),
      b: b.replace(/\{\{[ab]\}\}/g, ''),
      c: c.replace(/\{\{[abc]\}\}/g, ''),
      d: 'end',
    }));
    const cases = fc.array(fc.tuple(text, values), { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(cases, async (all) => {
        const made = all.map(
          ([template, bound], index) =>
            `J(name='j${index}', contact=${JSON.stringify(`:${template}`)}).bind(${JSON.stringify(bound)})`,
        );
        const jobs = await bench.jobs(`${READY}jobs = [${made.join(',\n')}]`);
        expect(jobs.map(({ job }) => job.contact)).toEqual(
          all.map(([template, bound]) => `:${filled(template, bound)}`),
        );
      }),
      { numRuns: 5 },
    );
  });
});
