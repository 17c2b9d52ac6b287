import {
  parseDurationMs,
  parseDurationNs,
  printDurationMs,
  printDurationNs,
} from '../../src/options/duration-core.js';
import { mesosName, normaliseFlags } from '../../src/options/flags-core.js';

describe('a duration', () => {
  it.each([
    ['15secs', 15_000],
    ['1.5mins', 90_000],
    ['250ms', 250],
    ['500us', 0.5],
    ['2weeks', 1_209_600_000],
    ['1hrs', 3_600_000],
    ['3days', 259_200_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
  it.each(['15', 'secs', '-1secs', '1 secs', '1s', '', '1e3ms'])('is not %p', (text) => {
    expect(() => parseDurationNs(text)).toThrow(`duration "${text}" is not allowed; allowed is a number`);
  });
  it('is printed with the largest unit that needs no fraction', () => {
    expect([0, 1, 1_000, 90_000, 120_000, 604_800_000].map(printDurationMs)).toEqual([
      '0ns',
      '1ms',
      '1secs',
      '90secs',
      '2mins',
      '1weeks',
    ]);
    expect(printDurationNs(1_500)).toBe('1500ns');
  });
});

describe('names of flags', () => {
  it('may have underscores, values are left alone', () => {
    expect(normaliseFlags(['--work_dir=/a_b', '--zk_session_timeout', 'x_y', '-h'])).toEqual([
      '--work-dir=/a_b',
      '--zk-session-timeout',
      'x_y',
      '-h',
    ]);
  });
  it('take no- before those that are booleans', () => {
    expect(
      normaliseFlags(['--no-authenticate_http_readwrite', '--no-zk'], ['authenticateHttpReadwrite']),
    ).toEqual(['--authenticate-http-readwrite=false', '--no-zk']);
  });
  it('are listed as Mesos does', () => {
    expect(mesosName('agentPingTimeout')).toBe('agent_ping_timeout');
  });
});
