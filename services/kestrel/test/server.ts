import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog, type Log } from '@murmur/service';
import { connectWire, onStopAll, tempFolder, type Wire } from '@murmur/testkit';
import type { KestrelOptions } from '../src/options.js';
import { startKestrel, type RunningKestrel } from '../src/start.js';

export const CLUSTER_KEY = 'a cluster key for tests';

export interface TestKestrel extends RunningKestrel {
  readonly folder: string;
  readonly configFile: string;
  connect(): Promise<Wire>;
}

/** Starts a server in this process on free ports, with this config; stopped by `stopAll`. */
export async function startTestKestrel(
  config: unknown,
  over: Partial<KestrelOptions> = {},
  log: Log = silentLog(),
): Promise<TestKestrel> {
  const folder = over.queuePath ?? join(await tempFolder('kestrel'), 'queues');
  const configFile = join(await tempFolder('kestrel-config'), 'kestrel.json');
  await writeFile(configFile, JSON.stringify(config));
  const running = await startKestrel(
    {
      host: '127.0.0.1',
      instance: '0',
      logLevel: 'error',
      graceMs: 2000,
      memcachePort: 0,
      textPort: 0,
      thriftPort: 0,
      adminPort: 0,
      config: configFile,
      clusterKey: CLUSTER_KEY,
      zk: '',
      clusterPath: '/aurora/murmur/test',
      sessionTimeoutMs: 10_000,
      ...over,
      queuePath: folder,
    },
    { log },
  );
  onStopAll(() => running.stop());
  return { ...running, folder, configFile, connect: () => connectWire(running.memcachePort) };
}
