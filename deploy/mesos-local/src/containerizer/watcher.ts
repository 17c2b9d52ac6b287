import type { Log } from '@murmur/service';
import type { Container } from './container.js';
import { diskUsage } from './disk.js';
import type { Isolation } from './isolation.js';
import { rotateLogs } from './logs.js';

/** What has to be looked at from time to time, each round after the one before it has ended. */
export interface Watcher {
  stop(): Promise<void>;
}

interface WatcherOptions {
  readonly isolation: Isolation;
  readonly enforceDiskQuota: boolean;
  readonly diskWatchIntervalMs: number;
  readonly logRotateIntervalMs: number;
  readonly watchIntervalMs: number;
  readonly log: Log;
}

/** Watches memory, ends, disk and logs of all containers. */
export function createWatcher(options: WatcherOptions, containers: () => readonly Container[]): Watcher {
  const { log } = options;
  const each = (what: string, everyMs: number, work: (container: Container) => Promise<void>): Watcher =>
    repeat(everyMs, async () => {
      for (const container of containers()) {
        if (container.phase !== 'running') continue;
        await work(container).catch((error: unknown) => {
          log.warn({ err: error, container: container.record.containerId }, `cannot look at its ${what}`);
        });
      }
    });
  const { enforceDiskQuota, isolation } = options;
  const watchers = [
    each('processes', options.watchIntervalMs, (container) => container.tick()),
    each('logs', options.logRotateIntervalMs, ({ record }) => rotateLogs(record)),
  ];
  if (isolation.plan.disk) {
    const measure = async (container: Container): Promise<void> => {
      const { bytes, complete } = await diskUsage(container.record.sandbox);
      if (!complete) {
        log.warn(
          { container: container.record.containerId, bytes },
          'a sandbox is too large to be measured whole',
        );
      }
      container.measured(bytes, enforceDiskQuota);
    };
    watchers.push(each('disk', options.diskWatchIntervalMs, measure));
  }
  return {
    stop: async () => {
      await Promise.all(watchers.map((watcher) => watcher.stop()));
    },
  };
}

function repeat(everyMs: number, round: () => Promise<void>): Watcher {
  let stopped = false;
  let current = Promise.resolve();
  let timer: NodeJS.Timeout;
  const schedule = (): void => {
    timer = setTimeout(() => {
      current = round().then(() => {
        if (!stopped) schedule();
      });
    }, everyMs);
    timer.unref();
  };
  schedule();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
