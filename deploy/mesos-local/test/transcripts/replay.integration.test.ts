import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, tempFolder } from '@murmur/testkit';
import { registered, startAgent, startMaster, type TestAgent, type TestMaster } from '../cluster/cluster.js';
import { sandboxesOf } from '../cluster/traces.js';
import {
  eventOf,
  executorRecording,
  nameOf,
  recording,
  withoutRepeats,
  type Exchange,
  type Line,
} from './recording.js';
import { Replay, type Answer } from './replay.js';
import { differences, type Difference } from './shape.js';

/** Where this cluster's answers are meant to differ from a real Mesos's: path of the request, path within the answer, why. */
const DELIBERATE: readonly (readonly [request: RegExp, within: RegExp, why: string])[] = [
  [/flags|GET_FLAGS/, /./, 'the flags are our own, where Mesos has none of that name'],
  [/./, /^flags\.|^get_flags|\.flags\./, 'the same, within a state'],
  [/metrics\/snapshot/, /./, 'metrics of parts that do not exist here; the README lists ours'],
  [/./, /git_(sha|branch)$/, 'built from no checkout'],
  [/./, /completed_(frameworks|tasks)/, 'the recorded master had served another framework before'],
  [/./, /agent_info\.checkpoint$/, 'a field that the v1 message does not have'],
  [
    /containers|statistics/,
    /_pressure_counter$/,
    'the kernel tells of memory pressure through eventfd, which Node.js has not',
  ],
  [
    /containers|statistics/,
    /\.(processes|threads|cpus_nr_\w+|cpus_throttled_\w+)$/,
    'more than that run had isolators for',
  ],
];

describe('the embedded cluster, asked what a real Mesos was asked', () => {
  let master: TestMaster;
  let agent: TestAgent;
  let replay: Replay;
  const lines = recording();
  const recorded = lines.flatMap((line) => (line.what === 'stream chunk' ? [eventOf(line.bytes)] : []));
  const firsts = new Set(withoutRepeats(recorded).map(({ update }) => update?.status.uuid));
  const answers: { readonly index: number; readonly exchange: Exchange; readonly answer: Answer }[] = [];
  const heads: { readonly recorded: Extract<Line, { what: 'subscribe' }>; readonly answer: Answer }[] = [];

  beforeAll(async () => {
    // a recorded run has Mesos's own pace: pings and allocations as by default
    master = await startMaster(['--agent-ping-timeout', '15secs', '--allocation-interval', '1secs']);
    agent = await startAgent(master, null, [
      ...[
        '--resources',
        'cpus:4;mem:4096;disk:4096;ports:[31000-32000]',
        '--attributes',
        'rack:a',
        '--no-speed',
      ],
      ...['--isolation', 'cgroups/cpu,cgroups/mem'],
    ]);
    await registered(master, [agent.hostname]);
    const gate = join(await tempFolder(), 'go');
    const executor = join(import.meta.dirname, 'replay-executor.mjs');
    replay = new Replay(master.url, agent.url, (text) =>
      text
        .replaceAll('sleep 2', `until [ -e ${gate} ]; do sleep 0.05; done`)
        .replaceAll('node /opt/mz/exec.mjs arg', `exec ${process.execPath} ${executor} ${executorRecording}`)
        .replaceAll(/\/(tmp|opt)\/mz\/a\//g, `${agent.workDir}/`),
    );
    await play(gate);
  }, 300_000);

  afterAll(async () => {
    replay.close();
    await stopAll();
  }, 60_000);

  /** The recorded scheduler's part, line by line; what came down its streams is expected, not sent. */
  async function play(gate: string): Promise<void> {
    let subscription = -1;
    for (const [index, line] of lines.entries()) {
      if (line.what === 'exchange') {
        answers.push({ index, exchange: line, answer: await replay.exchange(line) });
        // everything was read of the task while it ran: now it may end
        if (line.request.headers['x-recorded-from'] === 'agent' && line.request.path === '/health')
          await writeFile(gate, '');
      } else if (line.what === 'subscribe') {
        await replay.settle();
        subscription += 1;
        const stream = line.response.headers['mesos-stream-id'] ?? '';
        heads.push({ recorded: line, answer: await replay.subscribe(line.request, stream) });
      } else if (line.what === 'stream chunk') {
        // the news that another took over goes to the one that was there before
        const toOlder = line.bytes.includes('Framework failed over');
        if (counts(line.bytes)) replay.expect(line.bytes, subscription - (toOlder ? 1 : 0));
      }
    }
    await replay.settle();
  }

  /** Heartbeats have their own pace, and a repeated update brings nothing new. */
  function counts(bytes: string): boolean {
    const { type, update } = eventOf(bytes);
    const uuid = update?.status.uuid;
    return type !== 'HEARTBEAT' && (uuid === undefined || firsts.delete(uuid));
  }

  it('answers every request with the same status', () => {
    const got = answers.map(({ index, answer }) => [index, answer.status]);
    expect(got).toEqual(answers.map(({ index, exchange }) => [index, exchange.response.status]));
  });

  it('answers with the same kind of content, and names the leader and the methods alike', () => {
    for (const { index, exchange, answer } of answers)
      for (const name of ['content-type', 'allow', 'location'] as const) {
        const recorded = exchange.response.headers[name];
        const got = answer.headers[name];
        if (name === 'location') expect([index, got !== undefined]).toEqual([index, recorded !== undefined]);
        else expect([index, got]).toEqual([index, recorded]);
      }
  });

  it('says the same in every text, ids aside', () => {
    for (const { index, exchange, answer } of answers.filter(({ answer: { headers } }) => isText(headers)))
      expect([index, answer.body]).toEqual([index, replay.translate(exchange.response.body)]);
  });

  it('gives the same fields in every document, but for the differences that are listed', () => {
    const unlike = answers.flatMap(({ index, exchange, answer }) => {
      const { request, response } = exchange;
      if (!String(response.headers['content-type']).startsWith('application/json')) return [];
      const asked = `${request.path} ${request.body ?? ''}`;
      const found = differences(JSON.parse(response.body), JSON.parse(answer.body));
      return found.filter(notDeliberate(asked)).map(({ path, what }) => `${index} ${asked}: ${path} ${what}`);
    });
    expect(unlike).toEqual([]);
  });

  it('opens streams with the same headers', () => {
    for (const { recorded, answer } of heads) {
      expect(answer.status).toBe(recorded.response.status);
      expect(answer.headers['mesos-stream-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(answer.headers['transfer-encoding']).toBe('chunked');
      expect(answer.headers['content-type']).toBe('application/json');
    }
  });

  it('sends events of the same fields', () => {
    const unlike = replay
      .matched()
      .flatMap(([recorded, ours]) =>
        differences(recorded, ours).map(({ path, what }) => `${nameOf(recorded)}: ${path} ${what}`),
      );
    expect(unlike).toEqual([]);
  });

  it('sends the same events in the same order, heartbeats and the pace of offers aside', () => {
    const steady = (names: string[]): string[] =>
      names.filter((name) => name !== 'HEARTBEAT' && name !== 'OFFERS');
    const ours = withoutRepeats(replay.heard.flat()).map(nameOf);
    expect(steady(ours)).toEqual(steady(withoutRepeats(recorded).map(nameOf)));
  });

  it('ends the streams that a real Mesos ended', async () => {
    await Promise.all([0, 1, 2].map((subscription) => replay.ended(subscription)));
  });

  it('answers the executor as a real agent does', async () => {
    const [sandbox] = (await sandboxesOf(agent)).filter((path) => path.includes('custom-executor-1'));
    const noted = (await readFile(join(sandbox ?? '', 'answers'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event?: string; recorded?: unknown; got?: unknown });
    expect(noted.flatMap(({ event }) => event ?? [])).toEqual([
      ...['SUBSCRIBED', 'LAUNCH', 'MESSAGE', 'KILL', 'ACKNOWLEDGED', 'SHUTDOWN'],
    ]);
    const exchanges = noted.filter(({ recorded }) => recorded !== undefined);
    expect(exchanges).toHaveLength(6);
    for (const { recorded, got } of exchanges) expect(got).toEqual(recorded);
  });
});

function isText(headers: Answer['headers']): boolean {
  return String(headers['content-type']).startsWith('text/plain');
}

function notDeliberate(asked: string): (difference: Difference) => boolean {
  return ({ path }) => !DELIBERATE.some(([request, within]) => request.test(asked) && within.test(path));
}
