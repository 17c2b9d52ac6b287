import { readExecutorEnvironment } from '../../src/executor-environment.js';

const given = {
  MESOS_FRAMEWORK_ID: 'f1',
  MESOS_EXECUTOR_ID: 'e1',
  MESOS_SLAVE_ID: 'a1',
  MESOS_AGENT_ENDPOINT: '127.0.0.1:5051',
  MESOS_DIRECTORY: '/sandbox',
  MESOS_CHECKPOINT: '1',
  MESOS_RECOVERY_TIMEOUT: '1.5mins',
  MESOS_SUBSCRIPTION_BACKOFF_MAX: '500ms',
  MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '3secs',
};

describe('the environment of an executor', () => {
  it('is what the agent says, durations in milliseconds', () => {
    expect(readExecutorEnvironment(given)).toEqual({
      frameworkId: 'f1',
      executorId: 'e1',
      agentId: 'a1',
      origin: 'http://127.0.0.1:5051',
      directory: '/sandbox',
      sandbox: '/sandbox',
      checkpoint: true,
      recoveryTimeoutMs: 90_000,
      subscriptionBackoffMaxMs: 500,
      shutdownGraceMs: 3_000,
      token: '',
    });
  });

  it('has defaults where Mesos says nothing without checkpoints', () => {
    const { MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID, MESOS_DIRECTORY, MESOS_AGENT_ENDPOINT } = given;
    const few = { MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID, MESOS_DIRECTORY, MESOS_AGENT_ENDPOINT };
    expect(readExecutorEnvironment({ ...few, MESOS_CHECKPOINT: '0' })).toMatchObject({
      checkpoint: false,
      recoveryTimeoutMs: 900_000,
      subscriptionBackoffMaxMs: 2_000,
      shutdownGraceMs: 5_000,
    });
  });

  it('finds the agent by MESOS_SLAVE_PID where that is all there is', () => {
    const env = { ...given, MESOS_AGENT_ENDPOINT: undefined, MESOS_SLAVE_PID: 'slave(1)@10.0.0.7:5051' };
    expect(readExecutorEnvironment(env).origin).toBe('http://10.0.0.7:5051');
  });

  it('names every variable that is missing or cannot be used', () => {
    const env = {
      ...given,
      MESOS_EXECUTOR_ID: '',
      MESOS_AGENT_ENDPOINT: 'here',
      MESOS_RECOVERY_TIMEOUT: '5',
    };
    expect(() => readExecutorEnvironment(env)).toThrow(
      'not started by an agent: MESOS_EXECUTOR_ID is missing; MESOS_AGENT_ENDPOINT is "here", allowed is ip:port; ' +
        'MESOS_RECOVERY_TIMEOUT is "5", allowed is a duration such as 5secs or 15mins',
    );
  });
});
