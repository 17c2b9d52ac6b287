/** A file of this name in the sandbox is read by bash before each process. */
export const PROFILE = '.thermos_profile';
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';

export interface EnvironmentOptions {
  readonly sandbox: string;
  readonly user: string;
  /** The runner's own. */
  readonly own: Readonly<Record<string, string | undefined>>;
  readonly preserveEnv: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly hasProfile: boolean;
}

/**
 * A process's environment: HOME (the sandbox), LOGNAME, USER and PATH; BASH_ENV if the sandbox has a profile; with
 * `preserveEnv` what the runner has; and above all what the task was given.
 */
export function environmentOf(options: EnvironmentOptions): Readonly<Record<string, string>> {
  const { sandbox, user, own, preserveEnv, env, hasProfile } = options;
  const base = preserveEnv
    ? Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined)
    : [];
  return {
    ...Object.fromEntries(base),
    PATH: own['PATH'] ?? DEFAULT_PATH,
    HOME: sandbox,
    LOGNAME: user,
    USER: user,
    ...(hasProfile ? { BASH_ENV: `${sandbox}/${PROFILE}` } : {}),
    ...env,
  };
}
