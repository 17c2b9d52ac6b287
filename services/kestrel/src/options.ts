import { clusterOptions, commonOptions, defineOptions, type OptionValues } from '@murmur/service';

function clientPort(port: number, what: string) {
  const help = `port of the ${what}; 0 takes a free one, -1: it is not served`;
  return { type: 'integer', default: port, min: -1, max: 65535, help } as const;
}

export const kestrelOptions = defineOptions({
  host: commonOptions.host,
  instance: commonOptions.instance,
  logLevel: commonOptions.logLevel,
  graceMs: commonOptions.graceMs,
  memcachePort: clientPort(22133, 'memcache protocol'),
  textPort: clientPort(2222, 'text protocol'),
  thriftPort: clientPort(2229, 'thrift protocol'),
  adminPort: { type: 'integer', default: 2223, min: 0, max: 65535, help: 'HTTP port; 0 takes a free one' },
  queuePath: {
    type: 'string',
    default: 'queues',
    pattern: /^.+$/,
    allowed: 'the path of a folder',
    help: 'folder of the journals; made if it is not there; one server per folder',
  },
  config: { type: 'string', default: '', help: 'config file, JSON or YAML; none: every queue by default' },
  clusterKey: {
    type: 'string',
    default: '',
    secret: true,
    pattern: /^(.{16,})?$/,
    allowed: 'at least 16 characters, or none at all',
    help: 'shared key of the services, at least 16 characters; none: no key opens /internal and lifecycle calls come from this machine only',
  },
  zk: {
    ...clusterOptions.zk,
    default: '',
    pattern: new RegExp(`^$|${clusterOptions.zk.pattern.source}`),
    allowed: `${clusterOptions.zk.allowed}, or nothing`,
    help: 'ZooKeeper, host:port[,host:port...]; none: not announced',
  },
  clusterPath: clusterOptions.clusterPath,
  sessionTimeoutMs: clusterOptions.sessionTimeoutMs,
});

export type KestrelOptions = OptionValues<typeof kestrelOptions>;
