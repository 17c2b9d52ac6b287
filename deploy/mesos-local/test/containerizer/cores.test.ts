import {
  PREPARING,
  stepContainer,
  type ContainerEvent,
  type ContainerState,
  type Phase,
} from '../../src/containerizer/container-core.js';
import { checkContainerId, environmentScript, parseExit } from '../../src/containerizer/launch-core.js';
import { diskLimitation, memoryLimitation, printBytes } from '../../src/containerizer/limitation-core.js';
import {
  cfsQuota,
  cpuShares,
  cpuWeight,
  limitsOf,
  MIB,
  nextHardLimit,
} from '../../src/containerizer/limits-core.js';
import {
  parseFlatKeyed,
  parseNumber,
  parsePids,
  parseProcessStat,
  parseResident,
} from '../../src/containerizer/stats-core.js';

const limitation = diskLimitation(2, 1);
const EVENTS = {
  started: { kind: 'started' },
  failed: { kind: 'failed' },
  ended: { kind: 'ended', status: 256 },
  limit: { kind: 'limit', limitation },
  destroy: { kind: 'destroy' },
  cleared: { kind: 'cleared', status: 9 },
} as const satisfies Record<string, ContainerEvent>;

/** From, event, to, effects. Every pair is listed. */
const TABLE: readonly (readonly [Phase, keyof typeof EVENTS, Phase, string])[] = [
  ['preparing', 'started', 'running', ''],
  ['preparing', 'failed', 'gone', 'report'],
  ['preparing', 'ended', 'preparing', ''],
  ['preparing', 'limit', 'preparing', ''],
  ['preparing', 'destroy', 'destroying', 'abort'],
  ['preparing', 'cleared', 'preparing', ''],
  ['running', 'started', 'running', ''],
  ['running', 'failed', 'running', ''],
  ['running', 'ended', 'destroying', 'clear'],
  ['running', 'limit', 'destroying', 'clear'],
  ['running', 'destroy', 'destroying', 'clear'],
  ['running', 'cleared', 'running', ''],
  ['destroying', 'started', 'destroying', 'clear'],
  ['destroying', 'failed', 'gone', 'report'],
  ['destroying', 'ended', 'destroying', ''],
  ['destroying', 'limit', 'destroying', ''],
  ['destroying', 'destroy', 'destroying', ''],
  ['destroying', 'cleared', 'gone', 'report'],
  ...(['started', 'failed', 'ended', 'limit', 'destroy', 'cleared'] as const).map(
    (event) => ['gone', event, 'gone', ''] as const,
  ),
];

describe('the states of a container', () => {
  it.each(TABLE)('from %s, %s leads to %s', (from, event, to, effects) => {
    const state: ContainerState = { ...PREPARING, phase: from };
    const step = stepContainer(state, EVENTS[event]);
    expect(step.state.phase).toBe(to);
    expect(step.effects.join()).toBe(effects);
  });

  it('are all in the table, with every event', () => {
    expect(new Set(TABLE.map(([from, event]) => `${from} ${event}`)).size).toBe(
      4 * Object.keys(EVENTS).length,
    );
  });

  it('keep the first status and the first limitation', () => {
    let state: ContainerState = { ...PREPARING, phase: 'running' };
    for (const event of [EVENTS.limit, EVENTS.ended, EVENTS.cleared])
      state = stepContainer(state, event).state;
    expect(state).toEqual({ phase: 'gone', status: 256, limitation });
  });
});

const scalar = (name: string, value: number) => ({ name, type: 'SCALAR', scalar: { value } }) as const;

describe('limits', () => {
  it('sum what the executor and its tasks have', () => {
    const limits = limitsOf(
      [scalar('cpus', 0.1), scalar('mem', 32), scalar('cpus', 0.9), scalar('mem', 32.9)],
      {},
      false,
    );
    expect(limits).toEqual({
      ...{
        cpus: 1,
        cpuLimit: null,
        memSoftBytes: 64 * MIB,
        memHardBytes: 64 * MIB,
        hasMem: true,
        diskBytes: null,
      },
    });
  });

  it('are 32 MB of memory at least', () => {
    expect(limitsOf([scalar('mem', 1)], { mem: { value: 2 } }, false)).toMatchObject({
      ...{ memSoftBytes: 32 * MIB, memHardBytes: 32 * MIB },
    });
  });

  it('have the hard bounds of the task where it gives some, Infinity being none', () => {
    const given = { cpus: { value: 2 }, mem: { value: Infinity } };
    expect(limitsOf([scalar('cpus', 1), scalar('mem', 64)], given, true)).toMatchObject({
      ...{ cpuLimit: 2, memSoftBytes: 64 * MIB, memHardBytes: Infinity },
    });
    expect(limitsOf([scalar('cpus', 1)], {}, true)).toMatchObject({ cpuLimit: 1, hasMem: false });
  });

  it('become the numbers of the kernel', () => {
    expect([0, 0.001, 0.5, 3].map(cpuShares)).toEqual([2, 2, 512, 3072]);
    expect([0, 0.5, 3, 1000].map(cpuWeight)).toEqual([1, 50, 300, 10_000]);
    expect([0, 0.5, 2, Infinity].map(cfsQuota)).toEqual([1000, 50_000, 200_000, -1]);
  });

  it('of memory are only raised on a container that runs', () => {
    expect([nextHardLimit(null, 5), nextHardLimit(4, 5), nextHardLimit(5, 5), nextHardLimit(6, 5)]).toEqual([
      5,
      5,
      null,
      null,
    ]);
    expect([nextHardLimit(4, Infinity), nextHardLimit(Infinity, 5)]).toEqual([Infinity, null]);
  });
});

describe('limitations', () => {
  it('print bytes in the largest unit that loses nothing', () => {
    expect([0, 1, 1024, 1536, 96 * MIB, 1024 * MIB, 2 ** 40, 2 ** 50].map(printBytes)).toEqual([
      ...['0B', '1B', '1KB', '1536B', '96MB', '1GB', '1TB', '1024TB'],
    ]);
  });

  it('of memory read as those of Mesos', () => {
    const { message, resources } = memoryLimitation(96 * MIB, 96 * MIB, 'cache 8192\nrss 1\n');
    expect(message).toBe(
      'Memory limit exceeded: Requested: 96MB Maximum Used: 96MB\n\nMEMORY STATISTICS: \ncache 8192\nrss 1\n\n',
    );
    expect(resources).toEqual([scalar('mem', 96)]);
    expect(memoryLimitation(Infinity, MIB, null).message).toBe('Memory limit exceeded: Maximum Used: 1MB\n');
    expect(memoryLimitation(null, null, null).message).toBe('Memory limit exceeded: ');
  });
});

describe('what the supervising shell records', () => {
  it.each([
    ['0 exit\n', 0],
    ['7 exit\n', 7 << 8],
    ['137 exit\n', 137 << 8],
    ['137 signal\n', 9],
    ['130 exit\n', 2],
    ['141 exit\n', 13],
    ['1 signal\n', 1 << 8],
    ['', null],
    ['7 exit', null],
    ['seven exit\n', null],
  ])('%j is the wait status %s', (text, status) => expect(parseExit(text)).toBe(status));
});

describe('the environment', () => {
  it('is quoted, and set in one group, so that half a text does nothing', () => {
    expect(environmentScript({ A: "it's" }, ['x'])).toBe(
      `{\nunset PWD OLDPWD SHLVL\nexport A='it'\\''s'\nexec "$@" </dev/null\n}\n`,
    );
  });

  it('goes through env(1) where a shell could not set it', () => {
    expect(environmentScript({ 'a.b': '1', IFS: 'x' }, ['x'])).toContain(`exec env 'a.b=1' 'IFS=x' "$@"`);
  });

  it.each([
    [{ '': 'x' }, ['x']],
    [{ 'a=b': 'x' }, ['x']],
    [{ a: 'x\0' }, ['x']],
    [{}, []],
    [{}, ['']],
    [{}, ['x', 'a\0']],
    [{ 'a.b': '' }, ['./a=b']],
  ])('of %j for %j is refused', (env, argv) => {
    expect(() => environmentScript(env, argv)).toThrow(/environment|command/);
  });
});

it.each(['', '.', '..', 'a/b', '.hidden', 'a\0', 'ä', 'x'.repeat(129)])('a container id is not %j', (id) => {
  expect(() => checkContainerId(id)).toThrow('containerId');
});

describe('texts of the kernel', () => {
  const stat = '42 (a) b (c) S 1 42 40 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 3 0 987654 1 2 3';

  it('of a process, whose name may hold anything', () => {
    expect(parseProcessStat(stat)).toEqual({
      ...{
        pid: 42,
        state: 'S',
        ppid: 1,
        session: 40,
        userSecs: 2.5,
        systemSecs: 0.5,
        threads: 3,
        startTime: '987654',
      },
    });
    for (let length = 0; length < stat.indexOf('987654'); length += 1) {
      expect(parseProcessStat(stat.slice(0, length))).toBeNull();
    }
  });

  it('of keys and values', () => {
    expect([...parseFlatKeyed('a 1\nb -2\nc x\n\nd 3 4\n')]).toEqual([
      ['a', 1],
      ['b', -2],
    ]);
  });

  it('of numbers, with no limit as Infinity', () => {
    expect(['5\n', 'max\n', '9223372036854771712\n', '-1\n', '', 'x'].map(parseNumber)).toEqual([
      ...[5, Infinity, Infinity, -1, null, null],
    ]);
    expect(parseNumber(null)).toBeNull();
  });

  it('of pids, without those of other namespaces', () => expect(parsePids('1\n0\n22\n\n')).toEqual([1, 22]));

  it('of resident memory', () => {
    expect(parseResident('Name:\tx\nVmRSS:\t  12 kB\n')).toBe(12_288);
    expect(parseResident('Name:\tkthread\n')).toBe(0);
  });
});
