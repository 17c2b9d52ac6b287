import { familyOf, kilobytesLine, parseStat } from '../../src/common/proc-core.js';

describe('/proc/PID/stat', () => {
  it('is read behind the last bracket: a name may hold brackets and spaces', () => {
    const text = '42 (a ) b) S 7 42 42 0 -1 4194304 100 0 0 0 150 50 30 20 20 0 11 0 12345';
    expect(parseStat(text)).toEqual({ parent: 7, cpuSeconds: 2, endedChildrenCpuSeconds: 0.5 });
  });

  it('of a process that has ended is null', () => {
    expect(parseStat('')).toBeNull();
  });
});

describe('the family of a process', () => {
  it('is itself, its children and theirs', () => {
    const parents = new Map([
      [1, 0],
      [10, 1],
      [11, 10],
      [12, 11],
      [20, 1],
    ]);
    expect(familyOf(10, parents)).toEqual([10, 11, 12]);
    expect(familyOf(99, parents)).toEqual([99]);
  });
});

describe('a line of /proc in kB', () => {
  it('is bytes; 0 when it is not there', () => {
    const text = 'Name:\tnode\nVmRSS:\t  1024 kB\n';
    expect(kilobytesLine(text, 'VmRSS')).toBe(2 ** 20);
    expect(kilobytesLine(text, 'Pss')).toBe(0);
  });
});
