import type { Resource, ResourceStatistics, ValueScalar } from '@murmur/engine';
import type { CommandInfoURI } from '@murmur/engine';

/** What a container runs: an executor, or the command of a command task. */
export interface ContainerSpec {
  /** A UUID; names the cgroup and the sandbox's last folder. */
  readonly containerId: string;
  /** Exists, owned by `user`, mode 0750; stdout and stderr go to files of these names in it. */
  readonly sandbox: string;
  /** A folder of the agent that the task's user cannot write: exit status and bookkeeping. */
  readonly metaFolder: string;
  /** Full argv; a shell command is `['/bin/sh', '-c', value]`. */
  readonly argv: readonly string[];
  /** The whole environment: nothing of the agent's own is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Started as this user; null = as the agent. */
  readonly user: string | null;
  readonly uris: readonly CommandInfoURI[];
  readonly resources: readonly Resource[];
  readonly limits: Readonly<Record<string, ValueScalar>>;
  /** Rotation of stdout and stderr, bytes and files. */
  readonly logSizeMax: number;
  readonly logFilesMax: number;
}

/** Why a container is no more. */
export interface Termination {
  /** waitpid's word (256 = exit 1, 9 = SIGKILL); null where nobody can know it any more. */
  readonly status: number | null;
  /** Set when the agent ended it because of a limit; `resources` is what was exceeded. */
  readonly limitation: {
    readonly kind: 'memory' | 'disk';
    readonly message: string;
    readonly resources: readonly Resource[];
  } | null;
}

/** What an agent must remember to find a container again after its own restart. */
export interface ContainerRecord {
  readonly containerId: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: a pid that was given to somebody else has another. */
  readonly pidStartTime: string;
  readonly sandbox: string;
  readonly metaFolder: string;
  readonly resources: readonly Resource[];
  readonly limits: Readonly<Record<string, ValueScalar>>;
  readonly logSizeMax: number;
  readonly logFilesMax: number;
}

export class ContainerLaunchError extends Error {
  override readonly name = 'ContainerLaunchError';
}

/**
 * Containers of one agent. All calls for one container may come in any order and twice; a container that is not there (any
 * more) is no error. Nothing of a container is left after `destroyed`: no process, no cgroup.
 */
export interface Containerizer {
  /** Fetches the URIs, then starts. Throws ContainerLaunchError with the reason; nothing is left behind then. */
  launch(spec: ContainerSpec): Promise<ContainerRecord>;
  /** New sum of resources (executor and live tasks). Memory is never lowered below what is in use. */
  update(containerId: string, resources: readonly Resource[], limits: ContainerSpec['limits']): Promise<void>;
  /** SIGTERM or another signal to every process of it. */
  signal(containerId: string, signal: NodeJS.Signals): void;
  /** Ends everything in it; resolves when it is gone. */
  destroy(containerId: string): Promise<void>;
  /** Resolves once, when it is gone for whatever reason. */
  wait(containerId: string): Promise<Termination>;
  statistics(containerId: string): Promise<ResourceStatistics>;
  /** Takes over what still runs of `known`, resolves with what ended meanwhile; destroys cgroups that nobody knows. */
  recover(known: readonly ContainerRecord[]): Promise<void>;
  /** Lets go of everything without touching it. */
  detach(): Promise<void>;
}
