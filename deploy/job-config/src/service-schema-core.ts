import {
  float,
  floatAbove,
  integer,
  mapOf,
  optional,
  required,
  struct,
  text,
  withDefault,
} from './schema-core.js';
import type { ValueOf } from './schema-core.js';

/** How an instance is checked, announced and stopped. Times in seconds. */

const path = text(/^\//, 'a path that starts with a slash');

export const httpHealthChecker = struct('HttpHealthChecker', {
  endpoint: withDefault(path, '/health'),
  /** Compared with the body, both in lower case; empty: any body will do. */
  expected_response: withDefault(text(), 'ok'),
  /** 0: any code will do. */
  expected_response_code: withDefault(integer(0, 599), 0),
});

export const shellHealthChecker = struct('ShellHealthChecker', { shell_command: required(text()) });

export const healthCheckerConfig = struct('HealthCheckerConfig', {
  http: optional(httpHealthChecker),
  shell: optional(shellHealthChecker),
});

export const healthCheckConfig = struct('HealthCheckConfig', {
  health_checker: withDefault(healthCheckerConfig, { http: {} }),
  initial_interval_secs: withDefault(float(0), 15),
  interval_secs: withDefault(float(0), 10),
  max_consecutive_failures: withDefault(integer(0), 0),
  min_consecutive_successes: withDefault(integer(0), 1),
  timeout_secs: withDefault(floatAbove(0), 1),
});

export const httpLifecycleConfig = struct('HttpLifecycleConfig', {
  /** The name of a port, not its number. */
  port: withDefault(text(), 'health'),
  graceful_shutdown_endpoint: withDefault(path, '/quitquitquit'),
  shutdown_endpoint: withDefault(path, '/abortabortabort'),
  graceful_shutdown_wait_secs: withDefault(integer(0), 5),
  shutdown_wait_secs: withDefault(integer(0), 5),
});

export const lifecycleConfig = struct('LifecycleConfig', { http: optional(httpLifecycleConfig) });

export const announcer = struct('Announcer', {
  primary_port: withDefault(text(), 'http'),
  /** Alias -> another name, or a fixed port number in a dedicated job. */
  portmap: withDefault(mapOf(text()), { aurora: '{{primary_port}}' }),
  zk_path: optional(path),
});

/** What `{{mesos.…}}` refers to on the agent. */
export const mesosContext = struct('MesosContext', {
  instance: required(integer(0)),
  hostname: required(text()),
});

export type HttpHealthChecker = ValueOf<typeof httpHealthChecker>;
export type ShellHealthChecker = ValueOf<typeof shellHealthChecker>;
export type HealthCheckerConfig = ValueOf<typeof healthCheckerConfig>;
export type HealthCheckConfig = ValueOf<typeof healthCheckConfig>;
export type HttpLifecycleConfig = ValueOf<typeof httpLifecycleConfig>;
export type LifecycleConfig = ValueOf<typeof lifecycleConfig>;
export type Announcer = ValueOf<typeof announcer>;
export type MesosContext = ValueOf<typeof mesosContext>;
