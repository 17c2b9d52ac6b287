/** The part of the npm package `mesos-framework` that the test uses; it comes without types. */
declare module 'mesos-framework' {
  import type { EventEmitter } from 'node:events';

  interface Scheduler extends EventEmitter {
    frameworkId: string | null;
    readonly launchedTasks: readonly {
      readonly name: string;
      readonly taskId: string;
      readonly runtimeInfo: { readonly agentId: string; readonly state: string };
    }[];
    subscribe(): void;
    kill(taskId: string, agentId: string): void;
    reconcile(taskId: string, agentId: string): void;
    teardown(): void;
  }

  interface Messages {
    CommandInfo: new (
      uris: null,
      environment: object,
      shell: boolean,
      value: string,
      args: null,
      user: null,
    ) => object;
    Environment: (new (variables: readonly object[]) => object) & {
      Variable: new (name: string, value: string) => object;
    };
  }

  const mesosFramework: {
    Scheduler: new (options: Readonly<Record<string, unknown>>) => Scheduler;
    Mesos: { getMesos(): Messages };
  };
  export default mesosFramework;
}
