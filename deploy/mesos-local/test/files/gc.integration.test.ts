import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { silentLog } from '@murmur/service';
import { stopAll, tempFolder } from '@murmur/testkit';
import { createSandboxGc, markEnded, runsFolder, type GcOptions } from '../../src/files/index.js';

afterAll(stopAll);

const DAY = 24 * 3600 * 1000;

async function collecting(more: Partial<GcOptions> = {}) {
  const workDir = await tempFolder('gc');
  const removed: string[] = [];
  const live = new Set<string>();
  const now = Date.now();
  const options: GcOptions = {
    roots: [join(workDir, 'slaves')],
    trash: join(workDir, 'trash'),
    // However full the disk of the test machine is.
    ...{ delayMs: 7 * DAY, headroom: -100, maxPerTurn: 10 },
    isLive: (path) => [...live].some((used) => used === path || used.startsWith(`${path}/`)),
    onRemoved: (path) => void removed.push(path),
    intervalMs: 1000,
    log: silentLog(),
    now: () => now,
    ...more,
  };
  const sandbox = (frameworkId: string, containerId: string, ageDays: number): string => {
    const runs = runsFolder({ workDir, agentId: 'S', frameworkId, executorId: 'E' });
    const path = join(runs, containerId);
    mkdirSync(join(path, 'deep', 'er'), { recursive: true });
    writeFileSync(join(path, 'deep', 'er', 'file'), 'x');
    utimesSync(path, (now - ageDays * DAY) / 1000, (now - ageDays * DAY) / 1000);
    return path;
  };
  return { workDir, live, removed, sandbox, now, gc: createSandboxGc(options) };
}

/** With `headroom: -100` the age is 101 or 100 delays: a unit that no disk's fullness blurs. */
const LONG = 7 * 102;

describe('the garbage collection of sandboxes', () => {
  it('removes old ones with the folders that become empty, and keeps younger ones', async () => {
    const { workDir, gc, sandbox, removed } = await collecting();
    const [old, young, other] = [sandbox('F', 'C1', LONG), sandbox('F', 'C2', 5), sandbox('G', 'C3', LONG)];
    symlinkSync(other, join(dirname(other), 'latest'));
    symlinkSync(young, join(dirname(young), 'latest'));
    expect((await gc.turn()).toSorted()).toEqual([old, other]);
    expect(removed.toSorted()).toEqual([old, other]);
    expect(readdirSync(dirname(old)).sort()).toEqual(['C2', 'latest']);
    expect(readdirSync(join(workDir, 'slaves', 'S', 'frameworks'))).toEqual(['F']);
    expect(existsSync(join(young, 'deep', 'er', 'file'))).toBe(true);
  });

  it('never removes a live one, nor the folders above it', async () => {
    const { gc, sandbox, live } = await collecting();
    const path = sandbox('F', 'C', LONG);
    live.add(path);
    expect(await gc.turn()).toEqual([]);
    live.delete(path);
    live.add(join(dirname(path), 'about-to-be'));
    expect(await gc.turn()).toEqual([path]);
    expect(existsSync(dirname(path))).toBe(true);
  });

  it('removes at once what ended when the disk has no headroom left, oldest first and a few in a turn', async () => {
    const { gc, sandbox } = await collecting({ headroom: 1, maxPerTurn: 2 });
    const [a, b, c] = [sandbox('F', 'a', 1), sandbox('F', 'b', 3), sandbox('F', 'c', 2)];
    expect(await gc.turn()).toEqual([b, c]);
    expect(await gc.turn()).toEqual([a]);
  });

  it('counts from the end of the container, not from the last file it made', async () => {
    const { gc, sandbox, now } = await collecting();
    const path = sandbox('F', 'C', LONG);
    await markEnded(path, now);
    expect(await gc.turn()).toEqual([]);
    await markEnded(join(path, 'nothing'), now);
  });

  it('follows no link, neither among the sandboxes nor in them', async () => {
    const { workDir, gc, sandbox } = await collecting();
    const precious = join(workDir, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'precious');
    utimesSync(precious, 0, 0);
    const path = sandbox('F', 'C', LONG);
    symlinkSync(precious, join(path, 'deep', 'link'));
    symlinkSync(precious, join(dirname(path), 'C9'));
    utimesSync(path, 0, 0);
    expect(await gc.turn()).toEqual([path]);
    expect(existsSync(join(precious, 'file'))).toBe(true);
  });

  it('finishes what a turn before left half-done, and does nothing where there is nothing', async () => {
    const { workDir, gc } = await collecting();
    mkdirSync(join(workDir, 'trash', 'half'), { recursive: true });
    expect(await gc.turn()).toEqual([]);
    expect(existsSync(join(workDir, 'trash'))).toBe(false);
  });

  it('takes turns by itself until it is stopped', async () => {
    const { gc, sandbox, removed } = await collecting({ intervalMs: 5 });
    const path = sandbox('F', 'C', LONG);
    gc.start();
    while (removed.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await gc.stop();
    expect(removed).toEqual([path]);
  });
});
