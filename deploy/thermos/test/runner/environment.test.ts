import { environmentOf } from '../../src/runner/environment-core.js';

const options = {
  sandbox: '/box',
  user: 'www',
  own: { PATH: '/bin', HOME: '/root', SECRET: 'x', GONE: undefined },
  preserveEnv: false,
  env: {},
  hasProfile: false,
};

describe('the environment of a process', () => {
  it('is HOME, LOGNAME, USER and PATH only', () => {
    expect(environmentOf(options)).toEqual({ HOME: '/box', LOGNAME: 'www', USER: 'www', PATH: '/bin' });
  });

  it('names the profile for bash where the sandbox has one', () => {
    expect(environmentOf({ ...options, hasProfile: true })['BASH_ENV']).toBe('/box/.thermos_profile');
  });

  it('keeps that of the runner with preserveEnv, but not its HOME', () => {
    const wanted = { HOME: '/box', LOGNAME: 'www', USER: 'www', PATH: '/bin', SECRET: 'x' };
    expect(environmentOf({ ...options, preserveEnv: true })).toEqual(wanted);
  });

  it('has what the task was given above all', () => {
    expect(environmentOf({ ...options, env: { PORT: '80', PATH: '/opt' } })).toMatchObject({
      PORT: '80',
      PATH: '/opt',
    });
  });
});
