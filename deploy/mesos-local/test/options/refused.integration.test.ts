import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { OptionError } from '@murmur/service';
import { onStopAll, stopAll, tempFolder } from '@murmur/testkit';
import { agentValues } from '../../src/agent/option-values.js';
import { withAgentDefaults, type AgentOptions } from '../../src/agent/options.js';
import { settingsOf, withMasterDefaults, type MasterFlags } from '../../src/master/options.js';
import { outcome } from './outcome.js';

afterEach(stopAll);

describe('a flag of an agent', () => {
  it.each<[Partial<AgentOptions>, string]>([
    [{ resources: 'cpus' }, '--resources: "cpus" is not allowed; allowed is name:value'],
    [{ resources: '[{' }, '--resources: "[{" is not allowed; allowed is'],
    [{ resources: 'file:///nope' }, '--resources: "file:///nope" is not allowed; allowed is'],
    [{ resources: 'x'.repeat(5_000) }, 'x..." is not allowed; allowed is'],
    [{ attributes: 'rack' }, '--attributes: "rack" is not allowed; allowed is'],
    [
      { isolation: 'posix/cpu,foo' },
      '--isolation: "posix/cpu,foo" is not allowed; allowed is a list of auto',
    ],
    [{ isolation: '' }, '--isolation: "" is not allowed; allowed is'],
    [{ clusterKeyFile: '/nope' }, '--cluster-key-file: "/nope" is not allowed; allowed is'],
    [{ master: 'foo' }, '--master: master "foo" is not allowed; allowed are'],
    [{ master: 'zk://h' }, '--master: "zk://h" is not allowed; allowed is'],
    [{ executorReregistrationTimeout: '1mins' }, '--executor-reregistration-timeout: "1mins" is not allowed'],
  ])('is refused with its value and what is allowed: %j', (given, message) => {
    const options = withAgentDefaults({ master: 'h:1', workDir: '/w', ...given });
    expect(() => agentValues(options)).toThrow(OptionError);
    expect(() => agentValues(options)).toThrow(message);
  });

  it('never shows a key that is too short', async () => {
    const clusterKeyFile = join(await tempFolder('key'), 'key');
    writeFileSync(clusterKeyFile, 'short\n');
    const options = withAgentDefaults({ master: 'h:1', workDir: '/w', clusterKeyFile });
    expect(() => agentValues(options)).toThrow('has 5 characters, allowed is at least 16');
    expect(() => agentValues(options)).not.toThrow('short');
  });
});

describe('a flag of a master', () => {
  it.each<[Partial<MasterFlags>, string]>([
    [{ zk: 'foo' }, '--zk: "foo" is not allowed; allowed is'],
    [{ weights: 'a' }, '--weights: "a" is not allowed; allowed is'],
    [{ credentials: '/nope' }, '--credentials: "/nope" is not allowed; allowed is'],
    [{ clusterKeyFile: '/nope' }, '--cluster-key-file: "/nope" is not allowed; allowed is'],
  ])('is refused with its value and what is allowed: %j', (given, message) => {
    const flags = withMasterDefaults({ workDir: '/w', ...given });
    expect(() => settingsOf(flags)).toThrow(OptionError);
    expect(() => settingsOf(flags)).toThrow(message);
  });
});

describe('murmur-mesos', () => {
  it('says in one line that a value is not allowed, and exits 2', async () => {
    const given = ['--master=127.0.0.1:9', `--work-dir=${await tempFolder('w')}`, '--resources=cpus'];
    for (const more of [[], ['--simulate=1']]) {
      const { code, stdout, stderr } = await outcome('agent', ...given, ...more);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^murmur-mesos agent: --resources: "cpus" is not allowed; [^\n]*\n$/);
    }
  }, 120_000);

  it.each(['agent', 'master'])(
    'says in one line that a port is taken, and exits 1: %s',
    async (kind) => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      onStopAll(
        () =>
          new Promise((resolve) => {
            taken.close(() => {
              resolve();
            });
          }),
      );
      const port = String((taken.address() as AddressInfo).port);
      const more = kind === 'agent' ? ['--master=127.0.0.1:9', '--isolation=posix/cpu'] : [];
      const { code, stderr } = await outcome(
        kind,
        `--work-dir=${await tempFolder('w')}`,
        `--port=${port}`,
        ...more,
      );
      expect(code).toBe(1);
      expect(stderr).toBe(
        `murmur-mesos ${kind}: --ip, --port: cannot listen on 127.0.0.1:${port}: another process listens there\n`,
      );
    },
    120_000,
  );

  it.each(['agent', 'master'])(
    'does not try for ever where no folder can be made: %s',
    async (kind) => {
      const more = kind === 'agent' ? ['--master=127.0.0.1:9'] : [];
      const { code, stderr } = await outcome(kind, '--work-dir=/proc/nope', '--port=0', ...more);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^[^\n]*: --work-dir: \/proc\/nope is not a folder that can be written: [^\n]*\n$/,
      );
    },
    120_000,
  );
});
