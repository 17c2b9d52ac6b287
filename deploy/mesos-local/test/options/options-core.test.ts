import { mesosName, normaliseFlags } from '../../src/options/flags-core.js';

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
