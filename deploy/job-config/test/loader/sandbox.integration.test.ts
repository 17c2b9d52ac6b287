/** What a config cannot reach, and how it is stopped. Needs the built package. */
import { existsSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Bench, READY } from './support.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

/** Python's own `__import__`, as any module of Python has it. */
const REAL = "import os\nreal = os.__builtins__['__import__']\n";
/** And without the guard among the finders of modules. */
const OPENED = `${REAL}real('sys').meta_path.pop(0)\n`;

describe('a config', () => {
  it.each([
    'js',
    'pyodide_js',
    'pyodide',
    'socket',
    'ctypes',
    'subprocess',
    'urllib.request',
    'importlib',
    'posix',
  ])('does not import %s', async (name) => {
    const [error] = await bench.errors(`x = 1\nimport ${name}`);
    expect(error).toContain(`jobs.aurora:2: import of "${name}" is not allowed in a config`);
  });

  it.each(['js', 'pyodide_js', '_pyodide_core', '_ctypes', 'socket', 'subprocess', 'asyncio'])(
    'does not import %s through another module',
    async (name) => {
      const [error] = await bench.errors(`${REAL}real('${name}')`);
      expect(error).toContain(`jobs.aurora:3: ImportError: import of "${name}" is not allowed in a config`);
    },
  );

  it.each(['js', 'pyodide_js'])('does not find %s without the guard either', async (name) => {
    const [error] = await bench.errors(`${OPENED}real('${name}')`);
    expect(error).toContain('jobs.aurora:4: ModuleNotFoundError');
  });

  it('finds no module of JavaScript in the memory of Python', async () => {
    const text = `${OPENED}gc = real('gc')
found = [one for one in gc.get_objects() if type(one).__name__ == 'JsFinder']
print(len(found), [list(one.jsproxies) for one in found])`;
    expect(await bench.printed(text)).toBe('1 [[]]');
  });

  it('gets to no JavaScript with Pyodide itself in its hands', async () => {
    const [error] = await bench.errors(`${OPENED}real('pyodide.code', fromlist=['run_js']).run_js('1 + 1')`);
    expect(error).toContain("ModuleNotFoundError: No module named 'js'");
  });

  it('makes no code of text with a value of JavaScript in its hands', async () => {
    const [error] = await bench.errors(
      `${OPENED}make = real('_pyodide_core').to_js([1]).constructor.constructor\nmake('return this')()`,
    );
    expect(error).toContain('EvalError: Code generation from strings disallowed');
  });

  it('finds the guard in its place again after another config has removed it', async () => {
    await bench.printed(OPENED);
    const [error] = await bench.errors(`${REAL}real('js')`);
    expect(error).toContain('import of "js" is not allowed in a config');
  });

  it.each([
    "os.system('touch {file}')",
    "os.popen('touch {file}')",
    "real('posix').system('touch {file}')",
    "real('ctypes').CDLL(None).system(b'touch {file}')",
  ])('runs no command: %s', async (call) => {
    const file = `${bench.folder}/made`;
    await bench.errors(`${OPENED}${call.replace('{file}', file)}`);
    expect(existsSync(file)).toBe(false);
  });

  it('reaches nobody over the network, even with the socket module in its hands', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const text = `${OPENED}s = real('_socket').socket(2, 1)\ns.connect(('127.0.0.1', ${port}))\ns.send(b'x')`;
    const [error] = await bench.errors(text);
    await new Promise((resolve) => server.close(resolve));
    expect([error, connections]).toEqual([expect.stringContaining('jobs.aurora:5: OSError'), 0]);
  });

  it.each([
    ["open('/etc/passwd')", '"/etc/passwd" is outside the folder of the config'],
    ["open('../x')", '"../x" is outside the folder of the config'],
    ["open('sub/../../x')", '"sub/../../x" is outside the folder of the config'],
    ["open('link')", '"link" leads out of the folder of the config'],
    ["open('linked/passwd')", '"linked/passwd" leads out of the folder of the config'],
    ["include('link')", '"link" leads out of the folder of the config'],
    ["open('jobs.aurora', 'w')", 'open: a config reads files, it does not write them (mode "w")'],
    ["__import__('io').open('/etc/passwd')", '"/etc/passwd" is outside the folder of the config'],
    ["__import__('os').open('/etc/passwd', 0)", "[Errno 44] No such file or directory: '/etc/passwd'"],
    ["__import__('io').FileIO('/etc/passwd')", "[Errno 44] No such file or directory: '/etc/passwd'"],
  ])('has no file but those below its folder: %s', async (call, message) => {
    if (!existsSync(`${bench.folder}/link`)) {
      symlinkSync('/etc/passwd', `${bench.folder}/link`);
      symlinkSync('/etc', `${bench.folder}/linked`);
    }
    const [error] = await bench.errors(`x = 1\n${call}`);
    expect(error).toMatch(/^jobs\.aurora:2: (PermissionError|FileNotFoundError|include): /);
    expect(error).toContain(message);
  });

  it('gets from the device of the loader what include gives it, and no more', async () => {
    const ask = (line: string): string =>
      `import os\nfd = os.open('/dev/loader', 2)\nos.write(fd, b'${line}\\n')\nprint(os.read(fd, 1000).decode())`;
    expect(await bench.printed(ask('{"type":"read","path":"/etc/passwd"}'))).toContain('"refused":true');
    expect(await bench.printed(ask('{"type":"answer","answer":"{}"}'))).toBe('{}');
    expect(await bench.printed(ask('no json'))).toBe('{}');
  });

  it.each(['fork', 'kill', '_exit', 'remove', 'mkdir', 'execv'])('has no os.%s', async (name) => {
    expect(await bench.errors(`import os\nos.${name}(1)`)).toEqual([
      `jobs.aurora:2: PermissionError: os.${name} is not allowed in a config`,
    ]);
  });

  it('ends with an error when it asks to exit', async () => {
    expect(await bench.errors('raise SystemExit(0)')).toEqual(['jobs.aurora:1: SystemExit: 0']);
  });

  it('that brings its Python down takes no other config with it', async () => {
    const [error] = await bench.errors(`${REAL}real('posix').system('true')`);
    expect(error).toMatch(/^jobs\.aurora: the Python that ran it ended: Error: /);
    expect(await bench.jobs(`${READY}jobs = [J()]`)).toHaveLength(1);
  });
});

describe('a config that takes too much', () => {
  // Short, so that the tests are; ten seconds by default.
  const short = new Bench({ timeoutMs: 300 });
  afterAll(() => short.close());

  const stopped = 'stopped after 0.3 s (expected: a config that is done by then)';

  it('is stopped at its line when it loops', async () => {
    expect(await short.errors('x = 1\nwhile True:\n  x += 1')).toEqual([
      expect.stringMatching(/^jobs\.aurora:[23]: stopped after 0\.3 s/),
    ]);
  });

  it('is stopped when it swallows the interrupt too', async () => {
    const text = 'while True:\n  try:\n    x = 1\n  except BaseException:\n    pass';
    expect(await short.errors(text)).toEqual([
      expect.stringMatching(/^jobs\.aurora:\d: stopped after 0\.3 s/),
    ]);
  });

  it('is stopped when it sleeps', async () => {
    expect(await short.errors('import time\ntime.sleep(3600)')).toEqual([expect.stringContaining(stopped)]);
  });

  it('is stopped while it makes jobs', async () => {
    const text = `${READY}jobs = [J(name='j%d' % i, contact='{{name}}') for i in range(100000)]`;
    expect(await short.errors(text)).toEqual([expect.stringContaining(stopped)]);
  });

  it('is stopped when it eats memory, at its line, and the next one has memory again', async () => {
    const text = "x = []\nwhile True:\n  x.append('y' * 10000000)";
    expect(await bench.errors(text)).toEqual([
      'jobs.aurora:3: stopped: it needs more than 256 MiB of memory',
    ]);
    expect(await bench.printed("print(len('y' * 100000000))")).toBe('100000000');
  });

  it('is stopped when its values are nested without end, and the next one is loaded', async () => {
    const text = 'x = []\nfor _ in range(1000000):\n  x = [x]\nrepr(x)';
    expect(await bench.errors(text)).toEqual(['jobs.aurora: stopped: it is nested too deep']);
    expect(await bench.jobs(`${READY}jobs = [J()]`)).toHaveLength(1);
  });

  it('is refused when its jobs are too large', async () => {
    const text = `${READY}big = 'x' * 1000000\njobs = [J(name='j%d' % i, contact=big) for i in range(20)]`;
    expect(await bench.errors(text)).toEqual([
      'jobs.aurora: the jobs of this config are larger than 16777216 characters of JSON',
    ]);
  });

  it('is refused when it includes without end', async () => {
    bench.write('leaf.aurora', 'y = 1');
    expect(await bench.errors("x = 1\n[include('leaf.aurora') for _ in range(200)]")).toEqual([
      'jobs.aurora:2: include: "leaf.aurora" is one too many (expected: at most 100, 20 deep)',
    ]);
  });

  it('prints into a bound', async () => {
    expect((await bench.printed("print('x' * 1000000)")).length).toBe(10_000);
  });
});
