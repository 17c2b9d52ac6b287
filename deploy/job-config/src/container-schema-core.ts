import { choice, list, oneOf, optional, required, struct, text, withDefault } from './schema-core.js';
import type { ValueOf } from './schema-core.js';

/** What an instance runs in. */

export const parameter = struct('Parameter', { name: required(text()), value: required(text()) });

export const docker = struct('Docker', {
  image: required(text(/./, 'the name of an image')),
  parameters: withDefault(list(parameter), []),
});

/** The old wrapper around `Docker`, still accepted. */
export const container = struct('Container', { docker: required(docker) });

export const appcImage = struct('AppcImage', { name: required(text()), image_id: required(text()) });
export const dockerImage = struct('DockerImage', { name: required(text()), tag: required(text()) });

export const volume = struct('Volume', {
  container_path: required(text()),
  host_path: required(text()),
  mode: required(oneOf(['RO', 'RW'])),
});

export const mesos = struct('Mesos', {
  image: optional(choice(appcImage, dockerImage)),
  volumes: withDefault(list(volume), []),
});

export const anyContainer = choice(container, docker, mesos);

export type Parameter = ValueOf<typeof parameter>;
export type Docker = ValueOf<typeof docker>;
export type Container = ValueOf<typeof container>;
export type AppcImage = ValueOf<typeof appcImage>;
export type DockerImage = ValueOf<typeof dockerImage>;
export type Volume = ValueOf<typeof volume>;
export type Mesos = ValueOf<typeof mesos>;
export type AnyContainer = ValueOf<typeof anyContainer>;
