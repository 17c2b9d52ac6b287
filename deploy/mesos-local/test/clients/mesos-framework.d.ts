/** The part of the npm package `mesos-framework` that the test uses; it comes without types. */
declare module 'mesos-framework' {
  import { EventEmitter } from 'node:events';

  export class Scheduler extends EventEmitter {
    constructor(options: Readonly<Record<string, unknown>>);
    frameworkId: string | null;
    readonly launchedTasks: readonly {
      readonly name: string;
      readonly taskId: string;
      readonly runtimeInfo: { readonly agentId: string; readonly state: string };
    }[];
    subscribe(): void;
    kill(taskId: string, agentId: string): void;
    reconcile(taskId: string, agentId: string): void;
    revive(): void;
    teardown(): void;
  }
}
