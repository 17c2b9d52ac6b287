import {
  IsolationError,
  planIsolation,
  probeMachine,
  type Machine,
} from '../../src/containerizer/probe-core.js';

const PROC = '22 27 0:21 / /proc rw,relatime - proc proc rw\n';
const line = (point: string, type: string, options: string, mode = 'rw'): string =>
  `30 23 0:26 / ${point} ${mode},nosuid,nodev,noexec,relatime shared:9 - ${type} ${type} ${options}\n`;
const LISTED = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\nmemory\t4\t44\t1\n';

function machineOf(mountinfo: string, controllers: string | null = null, cgroups = LISTED): Machine {
  return probeMachine({ mountinfo: PROC + mountinfo, cgroups, controllersOf: () => controllers });
}

const DEBIAN_12 = machineOf(
  line('/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate,memory_recursiveprot'),
  'cpuset cpu io memory hugetlb pids rdma misc\n',
);
const UNIFIED_EMPTY = line('/sys/fs/cgroup/unified', 'cgroup2', 'rw');
const HYBRID = machineOf(
  line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct') +
    line('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory') +
    line('/sys/fs/cgroup/freezer', 'cgroup', 'rw,freezer') +
    line('/sys/fs/cgroup/systemd', 'cgroup', 'rw,name=systemd') +
    UNIFIED_EMPTY,
  '\n',
);
const CONTAINER = machineOf(
  line('/sys/fs/cgroup/memory', 'cgroup', 'ro,memory', 'ro') +
    line('/sys/fs/cgroup/cpu', 'cgroup', 'rw,cpu', 'ro'),
);
const NONE = machineOf('');

describe('a machine with', () => {
  it('cgroup v2 only (Debian 12) is isolated by v2, with nothing more than was asked for', () => {
    const plan = planIsolation(['cgroups/cpu', 'cgroups/mem', 'disk/du'], DEBIAN_12);
    expect(plan).toEqual({
      ...{ version: 'v2', hierarchies: {}, disk: true, missing: [] },
      unified: { mount: '/sys/fs/cgroup', controllers: ['cpu', 'memory', 'pids'] },
    });
    expect(planIsolation(['cgroups/mem'], DEBIAN_12).unified?.controllers).toEqual(['memory', 'pids']);
  });

  it('hybrid cgroups is isolated by v1, even where two controllers are one hierarchy', () => {
    expect(planIsolation(['auto'], HYBRID)).toEqual({
      ...{ version: 'v1', unified: null, disk: false, missing: [] },
      hierarchies: {
        cpu: '/sys/fs/cgroup/cpu,cpuacct',
        cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
        memory: '/sys/fs/cgroup/memory',
        freezer: '/sys/fs/cgroup/freezer',
      },
    });
  });

  it('v2 for memory only and v1 for the rest takes the one that has all', () => {
    const mixed = machineOf(
      line('/sys/fs/cgroup/cpu', 'cgroup', 'rw,cpu') +
        line('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory') +
        line('/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      'memory\n',
    );
    expect(planIsolation(['cgroups/mem'], mixed).version).toBe('v2');
    expect(planIsolation(['cgroups/cpu', 'cgroups/mem'], mixed).version).toBe('v1');
  });

  it.each([
    ['read-only cgroups', CONTAINER],
    ['none', NONE],
    [
      'a controller that is mounted but disabled',
      machineOf(line('/c', 'cgroup', 'rw,memory,cpu'), null, 'memory\t0\t1\t0\ncpu\t0\t1\t0\n'),
    ],
  ])('%s: auto falls back and says what is missing; asking by name is an error', (_, machine) => {
    expect(planIsolation(['auto'], machine)).toEqual({
      ...{ version: 'none', hierarchies: {}, unified: null, disk: false },
      missing: ['cgroups/cpu', 'cgroups/mem'],
    });
    expect(() => planIsolation(['cgroups/mem'], machine)).toThrow(/cgroups\/mem needs a writable cgroup/);
    expect(planIsolation(['posix/cpu', 'posix/mem', 'posix/disk'], machine)).toMatchObject({
      version: 'none',
      disk: true,
    });
  });

  it('memory only gives auto half of what it wants', () => {
    const half = machineOf(line('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'));
    expect(planIsolation(['auto'], half)).toMatchObject({ version: 'v1', missing: ['cgroups/cpu'] });
  });

  it('a mount point with spaces is understood', () => {
    expect(machineOf(line('/a\\040b', 'cgroup', 'rw,memory')).v1.memory).toBe('/a b');
  });
});

it('an isolator that does not exist is refused by name, with those that do', () => {
  expect(() => planIsolation(['cgroups/gpu'], HYBRID)).toThrow(IsolationError);
  expect(() => planIsolation(['cgroups/gpu'], HYBRID)).toThrow(/"cgroups\/gpu" is none of auto, posix\/cpu/);
});
