import { addressNumber, readMasterInfo } from '../../src/master/identity-core.js';
import { readCredentials, readMinAllocatable, readWeights } from '../../src/master/option-values-core.js';
import { settingsOf, shownFlags, withMasterDefaults } from '../../src/master/options.js';

describe('values of flags', () => {
  it('are weights, least resources and credentials in both forms', () => {
    expect(readWeights('prod=2.5, dev=1')).toEqual([
      { role: 'prod', weight: 2.5 },
      { role: 'dev', weight: 1 },
    ]);
    expect(readMinAllocatable('cpus:0.01|mem:32')).toEqual([
      { name: 'cpus', value: 0.01 },
      { name: 'mem', value: 32 },
    ]);
    const wanted = [{ principal: 'a', secret: 'b' }];
    expect(readCredentials('a b\n\n')).toEqual(wanted);
    expect(readCredentials('{"credentials":[{"principal":"a","secret":"b"}]}')).toEqual(wanted);
  });

  it.each([
    () => readWeights('prod'),
    () => readWeights('prod=0'),
    () => readWeights('/x=1'),
    () => readMinAllocatable('cpus'),
    () => readCredentials('only-a-principal'),
    () => readCredentials('{'),
    () => readCredentials('{"credentials":{}}'),
    () => readCredentials('{"credentials":[{"principal":1}]}'),
    () => addressNumber('1.2.3'),
    () => addressNumber('1.2.3.256'),
  ])('are refused with what is allowed: %s', (read) => {
    expect(read).toThrow(/allowed is/);
  });

  it('keep secrets out of what is shown', () => {
    const flags = withMasterDefaults({ workDir: '/w', zk: 'zk://u:hidden@h:1/m' });
    expect(shownFlags(flags)['zk']).toBe('zk://(secret)@h:1/m');
    expect(shownFlags(flags)).toMatchObject({ work_dir: '/w', agent_ping_timeout: '15secs' });
  });

  it('want credentials where somebody must log in', () => {
    expect(() => settingsOf(withMasterDefaults({ workDir: '/w', authenticateHttpReadwrite: true }))).toThrow(
      '--credentials: is empty',
    );
    expect(() => settingsOf(withMasterDefaults({ workDir: '/w', zk: 'zk://h' }))).toThrow('--zk: "zk://h"');
  });
});

describe('who a master is', () => {
  it('has its address as a number, and nothing else is taken from ZooKeeper', () => {
    expect(addressNumber('127.0.0.1')).toBe(16777343);
    expect(readMasterInfo('info', '{}')).toBeNull();
    expect(readMasterInfo('json.info', 'x')).toBeNull();
    expect(readMasterInfo('json.info', '{"id":"a","ip":1}')).toMatchObject({ id: 'a', port: 5050 });
  });
});
