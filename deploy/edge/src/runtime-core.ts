/** What HAProxy's runtime API says when a command was not done; success is silence or a note of what changed. */
const REFUSALS = /^(No such|Unknown|Invalid|Require|Permission|Can't|Cannot|'set server|Missing|Error)/i;

export function isRefusal(answer: string): boolean {
  return REFUSALS.test(answer.trim());
}

/** One backend's line of `show stat`. */
export interface BackendStat {
  readonly backend: string;
  /** In the lobby now. */
  readonly waiting: number;
  readonly sessions: number;
  /** Servers that are up. */
  readonly up: number;
  /** Since HAProxy started, by class: '2xx' and so on. */
  readonly responses: Readonly<Record<string, number>>;
  readonly retries: number;
  readonly redispatches: number;
}

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Reads the CSV of `show stat`: its first line names the columns. Only backends, not their servers. */
export function parseStats(csv: string): BackendStat[] {
  const [head = '', ...lines] = csv.replace(/^# /, '').split('\n');
  const columns = head.split(',');
  const rows = lines.filter((line) => line !== '').map((line) => line.split(','));
  return rows.flatMap((row) => {
    const at = (name: string): string => row[columns.indexOf(name)] ?? '';
    const count = (name: string): number => Number(at(name)) || 0;
    if (at('svname') !== 'BACKEND') return [];
    return [
      {
        backend: at('pxname'),
        waiting: count('qcur'),
        sessions: count('scur'),
        up: count('act'),
        responses: Object.fromEntries(CLASSES.map((name) => [name, count(`hrsp_${name}`)])),
        retries: count('wretr'),
        redispatches: count('wredis'),
      },
    ];
  });
}
