import fc from 'fast-check';
import { CliError } from '../src/exit-core.js';
import {
  instanceKey,
  instanceNumbers,
  instanceText,
  jobKey,
  keyGlob,
  keyInCluster,
  instancesOf,
  roleKey,
  taskKey,
} from '../src/keys-core.js';
import { bindings, count, mebibytes, Options, waitGoal } from '../src/options-core.js';

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof CliError) return `${error.exit}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('keys', () => {
  it('have four parts, and instances where they may be', () => {
    expect(jobKey('local/www/prod/web')).toEqual({
      cluster: 'local',
      role: 'www',
      environment: 'prod',
      name: 'web',
    });
    expect(instancesOf(instanceKey('local/www/prod/web/0-2,5'))).toEqual([0, 1, 2, 5]);
    expect(instancesOf(instanceKey('local/www/prod/web'))).toBeUndefined();
    expect(taskKey('local/www/prod/web/3').instance).toBe(3);
  });

  it.each([
    ['a/b', 'job key "a/b": allowed is cluster/role/environment/name, or that with /instances after it'],
    [
      'a/b/c/d/x',
      'job key "a/b/c/d/x": instances: "x" is not instances as in 0-2,5,7-9, none above 2147483647',
    ],
    ['a/b//d', 'job key "a/b//d": environment: "" is not a name of 1 to 255 letters, digits, _ - and .'],
    ['a/b/c/d/0-1000000', 'instances: 1000001 are named, allowed are 100000'],
  ])('that are wrong are named with what is allowed: %s', (text, message) => {
    expect(refusal(() => instancesOf(instanceKey(text)))).toBe(`USAGE: ${message}`);
  });

  it('of a job have no instances, and of an instance exactly one', () => {
    expect(refusal(() => jobKey('a/b/c/d/1'))).toMatch(/^USAGE: .*instances are not allowed here/);
    expect(refusal(() => taskKey('a/b/c/d'))).toMatch(/^USAGE: .*allowed is one instance/);
    expect(refusal(() => taskKey('a/b/c/d/1-2'))).toMatch(/^USAGE: .*allowed is one instance/);
  });

  it('may be globs with parts left out', () => {
    expect(keyGlob('local')).toEqual({ cluster: 'local', role: '*', environment: '*', name: '*' });
    expect(keyGlob('*/www/p*')).toEqual({ cluster: '*', role: 'www', environment: 'p*', name: '*' });
    expect(refusal(() => keyGlob('a/b/c/d/e'))).toMatch(/^USAGE/);
    expect(refusal(() => keyGlob('a//c'))).toMatch(/^USAGE/);
  });

  it('of a role or of a cluster are read, or refused', () => {
    expect(roleKey('local/www')).toEqual({ cluster: 'local', role: 'www' });
    expect(refusal(() => roleKey('local'))).toBe('USAGE: role "local": allowed is cluster/role');
    expect(keyInCluster('local', 'www/prod/web').name).toBe('web');
    expect(keyInCluster('local', 'local/www/prod/web').name).toBe('web');
    expect(refusal(() => keyInCluster('local', 'far/www/prod/web'))).toMatch(
      /of cluster "far", not of "local"/,
    );
  });

  it('hold any set of instances there and back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (numbers) => {
        const sorted = [...numbers].sort((a, b) => a - b);
        expect(instanceNumbers(instanceText(numbers))).toEqual(sorted);
      }),
    );
  });
});

describe('options', () => {
  it('bind names, the last of equals winning, and name what is none', () => {
    const values = (bind: string[]): Options => new Options({ bind });
    expect(bindings(values(['a=1', 'b.c=x=y', 'a=2']))).toEqual({ a: '2', 'b.c': 'x=y' });
    expect(refusal(() => bindings(values(['a'])))).toBe('USAGE: --bind is "a", allowed is name=value');
  });

  it('wait for RUNNING with --wait, whatever else is said', () => {
    expect(waitGoal(new Options({ waitUntil: 'FINISHED' }))).toBe('FINISHED');
    expect(waitGoal(new Options({ waitUntil: 'PENDING', wait: true }))).toBe('RUNNING');
    expect(waitGoal(new Options({}))).toBe('PENDING');
  });

  it('read counts and sizes, and name what is none', () => {
    expect(count('3')).toBe(3);
    expect(refusal(() => count('0'))).toMatch(/^USAGE: count is "0"/);
    expect([mebibytes('--ram', '64'), mebibytes('--ram', '1.5GB'), mebibytes('--ram', '512kb')]).toEqual([
      64, 1536, 0.5,
    ]);
    expect(refusal(() => mebibytes('--ram', '64 apples'))).toMatch(/^USAGE: --ram is "64 apples"/);
  });
});
