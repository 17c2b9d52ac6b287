import { clusterOptions, commonOptions, defineOptions, type OptionValues } from '@murmur/service';

/** Every flag of the edge; `README.md` has the same list. `--port` is where its own /health and /metrics are. */
export const edgeOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  publicHost: {
    type: 'string',
    default: '127.0.0.1',
    pattern: /^[0-9A-Za-z.:*-]+$/,
    allowed: 'a host name, an address, or * for all',
    help: 'address of the public API',
  },
  publicPort: { type: 'integer', default: 8080, min: 1, max: 65_535, help: 'port of the public API' },
  haproxy: { type: 'string', default: 'haproxy', help: 'the HAProxy program (2.4 or later)' },
  runPath: {
    type: 'string',
    default: '',
    help: 'folder of haproxy.cfg and its socket; empty: a temporary one',
  },
  slots: { type: 'integer', default: 32, min: 1, max: 1_000, help: 'servers that a backend can hold' },
  serverMaxconn: {
    type: 'integer',
    default: 64,
    min: 1,
    max: 100_000,
    help: 'requests one server works on at a time',
  },
  lobbyMax: {
    type: 'integer',
    default: 2_000,
    min: 1,
    max: 1_000_000,
    help: 'requests that wait per backend; one more gets 503',
  },
  lobbyMs: {
    type: 'integer',
    default: 10_000,
    min: 1,
    max: 600_000,
    unit: 'ms',
    help: 'longest wait in the lobby',
  },
  retries: {
    type: 'integer',
    default: 3,
    min: 0,
    max: 100,
    help: 'tries on another server after a failed one',
  },
  maxConnections: {
    type: 'integer',
    default: 50_000,
    min: 10,
    max: 10_000_000,
    help: 'connections of the whole edge, if the limit of open files allows',
  },
  accessLog: { type: 'boolean', default: false, help: 'one JSON line per request on stdout' },
});

export type EdgeOptions = OptionValues<typeof edgeOptions>;
