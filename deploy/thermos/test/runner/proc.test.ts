import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  parseExitRecord,
  parseRssBytes,
  parseStartRecord,
  parseStat,
  rootsOf,
  treeOf,
  type ProcStat,
} from '../../src/runner/proc-core.js';

/** A line as proc(5) has it: 52 fields. */
const lineOf = (comm: string): string =>
  `4711 (${comm}) S 17 4710 4709 0 -1 4194304 99 0 0 0 31 7 5 2 20 0 3 0 1210978 3133440 413 18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 4 5 6 7 8 9 10 0\n`;

const WANTED = {
  pid: 4711,
  state: 'S',
  ppid: 17,
  group: 4710,
  session: 4709,
  cpuTicks: 45,
  threads: 3,
  startTicks: 1_210_978,
};

const stat = (pid: number, fields: Partial<ProcStat> = {}): ProcStat => ({
  ...{
    pid,
    comm: 'x',
    state: 'S',
    ppid: 1,
    group: pid,
    session: pid,
    cpuTicks: 0,
    threads: 1,
    startTicks: pid,
  },
  ...fields,
});
const pids = (tree: readonly ProcStat[]) => tree.map(({ pid }) => pid);

describe('/proc/PID/stat', () => {
  it.each(['bash', 'Web Content', 'a) S 1 (b', '((()))', ') (', '', 'x\ny'])(
    'is read whatever the name: "%s"',
    (comm) => {
      expect(parseStat(lineOf(comm))).toEqual({ ...WANTED, comm });
    },
  );

  it('is read for any name at all', () => {
    fc.assert(
      fc.property(fc.string(), (comm) => expect(parseStat(lineOf(comm))).toEqual({ ...WANTED, comm })),
    );
  });

  it('is null for anything shorter, cut at every byte before the start time', () => {
    const line = lineOf('a b) c');
    const end = line.indexOf('1210978');
    for (let i = 0; i <= end; i += 1) expect(parseStat(line.slice(0, i))).toBeNull();
  });

  it('is null for what is no such line', () => {
    for (const text of ['', 'x', '()', '1 (a) S x 2 3', '4711 bash S 1 2 3'])
      expect(parseStat(text)).toBeNull();
  });

  it('is what this kernel writes', () => {
    expect(parseStat(readFileSync('/proc/self/stat', 'utf8'))).toMatchObject({
      pid: process.pid,
      ppid: process.ppid,
    });
  });
});

describe('/proc/PID/status', () => {
  it('has the resident size in kB, and none for a kernel thread', () => {
    expect(parseRssBytes('Name:\tbash\nVmHWM:\t    5000 kB\nVmRSS:\t    4096 kB\n')).toBe(4_194_304);
    expect(parseRssBytes('Name:\tkworker\nState:\tI\n')).toBe(0);
  });
});

describe('the tree of a process', () => {
  const root = { pid: 10, startTicks: 10 };

  it('is its session, whatever the groups, and what descends from it, whatever the session', () => {
    const all = [
      stat(10),
      stat(11, { session: 10, ppid: 10, group: 11 }),
      stat(12, { session: 10, ppid: 1 }),
      stat(13, { session: 13, ppid: 11 }),
      stat(14, { session: 13, ppid: 13 }),
      stat(20, { session: 20, ppid: 1 }),
    ];
    expect(pids(treeOf(all, [root]))).toEqual([10, 11, 12, 13, 14]);
  });

  it('is what is left of the session when its leader has ended', () => {
    const all = [stat(12, { session: 10, ppid: 1 }), stat(20)];
    expect(pids(treeOf(all, [root]))).toEqual([12]);
  });

  it('is empty when the pid belongs to a younger process by now', () => {
    const all = [stat(10, { startTicks: 99 }), stat(12, { session: 10, ppid: 10, startTicks: 100 })];
    expect(treeOf(all, [root])).toEqual([]);
  });

  it('leaves out what has ended and only waits for its parent', () => {
    expect(pids(treeOf([stat(10, { state: 'Z' }), stat(11, { session: 10 })], [root]))).toEqual([11]);
  });

  it('keeps sessions found below it, so that they are found when what links them has ended', () => {
    const tree = [stat(10), stat(13, { ppid: 10 })];
    const roots = rootsOf(tree, [root]);
    expect(roots).toEqual([root, { pid: 13, startTicks: 13 }]);
    expect(pids(treeOf([stat(13, { ppid: 1 })], roots))).toEqual([13]);
  });
});

describe('records of a coordinator', () => {
  it('count once their line has its end', () => {
    const record = `0d5c ${lineOf('sh')}`;
    for (let i = 0; i < record.length; i += 1) expect(parseStartRecord(record.slice(0, i))).toBeNull();
    expect(parseStartRecord(record)).toEqual({ boot: '0d5c', pid: 4711, startTicks: 1_210_978 });
    for (const text of ['', '0', '0 ', '0 exit']) expect(parseExitRecord(text)).toBeNull();
  });

  it.each([
    ['0 exit\n', 0],
    ['3 exit\n', 3],
    ['137 exit\n', 137],
    ['9 signal\n', -9],
    ['139 signal\n', -11],
    ['127 signal\n', 127],
  ])('say how the process ended: %j', (text, returnCode) => {
    expect(parseExitRecord(text)).toBe(returnCode);
  });

  it('are not a marker of a run that was given up', () => {
    expect(parseStartRecord('given up\n')).toBeNull();
  });
});
