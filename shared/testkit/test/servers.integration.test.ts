import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  connectWire,
  endProcessesIn,
  freePort,
  processesIn,
  startHaproxy,
  startMariaDb,
  startMemcached,
  startProcess,
  startZooKeeper,
  stopAll,
  tempFolder,
  waitFor,
} from '@murmur/testkit';

const run = promisify(execFile);
const sql = async (url: string, text: string): Promise<string> => {
  const { username, password, port, pathname } = new URL(url);
  const args = [
    '--no-defaults',
    '-h',
    '127.0.0.1',
    '-P',
    port,
    '-u',
    username,
    `-p${password}`,
    '-N',
    '-e',
    text,
    pathname.slice(1),
  ];
  return (await run('mariadb', args)).stdout.trim();
};
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterAll(stopAll);

describe('the real servers of the testkit', () => {
  it('starts memcached, which comes back empty on its port', async () => {
    const server = await startMemcached();
    const wire = await connectWire(server.port);
    await wire.play(
      [
        ['>', 'set a 0 0 1\r\nx\r\n'],
        ['<', 'STORED\r\n'],
        ['>', 'get a\r\n'],
        ['<', 'VALUE a 0 1\r\nx\r\nEND\r\n'],
      ],
      { split: true },
    );
    await server.kill();
    await wire.expectClosed();
    await server.restart();
    const again = await connectWire(server.port);
    await again.play([
      ['>', 'get a\r\n'],
      ['<', 'END\r\n'],
    ]);
  });

  it('starts ZooKeeper, and again after a kill', async () => {
    const server = await startZooKeeper();
    const before = server.pid();
    await server.kill();
    expect(server.pid()).toBeNull();
    await server.restart();
    expect(server.pid()).not.toBe(before);
    const wire = await connectWire(server.port);
    await wire.send('ruok');
    await wire.expect('imok');
    await wire.expectClosed();
  });

  it('starts MariaDB with separate databases whose rows survive a kill', async () => {
    const server = await startMariaDb();
    const [one, two] = [await server.createDatabase(), await server.createDatabase()];
    expect(one).not.toBe(two);
    await sql(one, 'CREATE TABLE t (n INT); INSERT INTO t VALUES (7)');
    await server.kill();
    await server.restart();
    expect(await sql(one, 'SELECT n FROM t')).toBe('7');
    await expect(sql(two, 'SELECT n FROM t')).rejects.toThrow('t');
  });

  it('starts HAProxy with a rendered configuration', async () => {
    const server = await startHaproxy(
      (port) =>
        `defaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\nfrontend f\n bind 127.0.0.1:${String(port)}\n http-request return status 204\n`,
    );
    expect((await fetch(`http://127.0.0.1:${String(server.port)}/`)).status).toBe(204);
  });

  it('starts a process, tells its output, and sees it exit', async () => {
    const port = await freePort();
    const script = `console.log('hello'); require('http').createServer((q,s)=>s.end('ok')).listen(${String(port)}, '127.0.0.1')`;
    const server = await startProcess({
      command: process.execPath,
      args: ['-e', script],
      readyUrl: `http://127.0.0.1:${String(port)}/`,
    });
    expect(await server.output()).toContain('hello');
    server.signal('SIGTERM');
    expect(await server.exited()).toBe('SIGTERM');
  });

  it('tells why a process did not start, with its output', async () => {
    const args = ['-e', "console.error('no such luck'); process.exit(3)"];
    await expect(
      startProcess({ command: process.execPath, args, readyPort: await freePort() }),
    ).rejects.toThrow(/exited with 3[^]*no such luck/);
  });

  it('is silent while paused and answers when resumed', async () => {
    const server = await startMemcached();
    const wire = await connectWire(server.port);
    server.pause();
    await wire.send('version\r\n');
    server.resume();
    expect(await wire.readUntil()).toContain('VERSION');
  });
});

describe('what the testkit leaves behind', () => {
  it('takes its children along when the test process is killed', async () => {
    const folder = await tempFolder();
    const pidFile = join(folder, 'pid');
    const parent = `const {spawn}=require('child_process');const c=spawn('setpriv',['--pdeathsig','KILL','--','sleep','600']);require('fs').writeFileSync(${JSON.stringify(pidFile)},String(c.pid));setInterval(()=>{},1000);require('http').createServer((q,s)=>s.end()).listen(+process.env.PORT,'127.0.0.1')`;
    const port = await freePort();
    const server = await startProcess({
      command: process.execPath,
      args: ['-e', parent],
      env: { PORT: String(port) },
      readyPort: port,
    });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(alive(pid)).toBe(true);
    await server.kill();
    await waitFor(() => !alive(pid), { what: 'the grandchild to be gone' });
  });

  it('removes folders and stops servers in reverse order', async () => {
    const folder = await tempFolder();
    const server = await startMemcached();
    const pid = server.pid() ?? 0;
    await stopAll();
    expect([existsSync(folder), existsSync(server.folder), alive(pid)]).toEqual([false, false, false]);
  });

  it('ends what still runs in a temporary folder, whoever started it, and nothing beside it', async () => {
    const [folder, beside] = [await tempFolder(), await tempFolder()];
    const start = (cwd: string): number => spawn('sleep', ['600'], { cwd, stdio: 'ignore' }).pid ?? 0;
    const inside = start(folder);
    const other = start(beside);
    await waitFor(async () => (await processesIn(folder)).includes(inside), { what: 'it to run' });
    expect(await endProcessesIn(folder)).toEqual([inside]);
    expect(alive(other)).toBe(true);
    await stopAll();
    await waitFor(() => !alive(other), { what: 'the other to be gone' });
  });

  it('gives ports that can be listened on', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await new Promise((resolve) => server.close(resolve));
    expect(port).toBeLessThan(32_768);
  });
});
