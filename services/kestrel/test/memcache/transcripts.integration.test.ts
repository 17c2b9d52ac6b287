import { jest } from '@jest/globals';
import { stopAll } from '@murmur/testkit';
import { startTestKestrel, type TestKestrel } from '../server.js';
import { play, QUEUE } from './play.js';
import { SHARED_CONFIG, type Transcript } from './transcript.js';
import { TRANSCRIPTS } from './transcripts/index.js';

jest.setTimeout(60_000);

let shared: TestKestrel;
let runs = 0;

beforeAll(async () => {
  shared = await startTestKestrel(SHARED_CONFIG);
});
afterAll(stopAll);

const named = (config: unknown, queue: string): unknown =>
  JSON.parse(JSON.stringify(config).replaceAll(QUEUE, queue)) as unknown;

async function run({ config, steps }: Transcript, split: boolean): Promise<void> {
  runs += 1;
  const queue = `q${runs}`;
  const server = config === undefined ? shared : await startTestKestrel(named(config, queue));
  await play(steps, { port: server.memcachePort, queue, split });
  if (server !== shared) await server.stop();
}

describe.each([
  ['in one piece', false],
  ['byte by byte', true],
])('the memcache protocol, %s', (_how, split) => {
  it.each(TRANSCRIPTS.map((transcript) => [transcript.section, transcript.name, transcript] as const))(
    '%s: %s',
    async (_section, _name, transcript) => {
      await run(transcript, split);
    },
  );
});
