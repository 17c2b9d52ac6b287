/** What people and failures do to the platform while the suite works: nothing is lost, and nothing doubled. */
import { waitFor } from '@murmur/testkit';
import { gather, type Crowd } from './support/crowd.js';
import { startSuite, type Suite } from './support/suite.js';

const TIMELINE = 'local/murmur/prod/timeline';
const FANOUT = 'local/murmur/prod/fanout';
const CHANGED_WITHIN_MS = 180_000;

let suite: Suite;
let crowd: Crowd;

/** Reads homes all the while; each answer that is no 200 is kept. */
function readers(): { readonly refused: string[]; stop(): Promise<void> } {
  const refused: string[] = [];
  const over = new AbortController();
  const reading = Promise.all(
    crowd.followers.map(async ({ token }) => {
      while (!over.signal.aborted) {
        const answer = await crowd.api.request('GET', '/api/v1/timelines/home', { token });
        if (answer.status !== 200) refused.push(`${answer.status} ${await answer.text()}`);
        else await answer.arrayBuffer();
        await new Promise((go) => setTimeout(go, 100));
      }
    }),
  );
  return {
    refused,
    stop: async () => {
      over.abort();
      await reading;
    },
  };
}

const running = async (name: string): Promise<string[]> => {
  const query = { role: 'murmur', environment: 'prod', name, active: 'true' } as const;
  const { items } = await suite.scheduler.call('tasks', { query });
  return items.filter(({ state }) => state === 'RUNNING').map(({ id }) => id);
};

const runs = (name: string, count: number) =>
  waitFor(async () => (await running(name)).length === count, {
    what: `${count} of ${name} to run`,
    timeoutMs: CHANGED_WITHIN_MS,
    everyMs: 250,
  });

beforeAll(async () => {
  suite = await startSuite();
  crowd = await gather(suite, 6);
}, 400_000);

afterAll(async () => {
  crowd.close();
  await suite.stop();
}, 200_000);

describe('while people post and read', () => {
  it('timeline is scaled to five and back, and no read is refused', async () => {
    const reads = readers();
    const ids = await crowd.postDuring(async () => {
      await suite.aurora('job', 'scale', TIMELINE, '5');
      await runs('timeline', 5);
      await suite.aurora('job', 'scale', TIMELINE, '2');
      await runs('timeline', 2);
      await suite.allHealthy();
    });
    await reads.stop();
    expect(reads.refused).toEqual([]);
    await crowd.expectEverywhereOnce(ids);
  }, 500_000);

  it('fan-out is restarted, every instance', async () => {
    const before = await running('fanout');
    const ids = await crowd.postDuring(async () => {
      await suite.aurora('job', 'restart', FANOUT, '--watch-secs', '1');
      await runs('fanout', 2);
    });
    expect((await running('fanout')).filter((id) => before.includes(id))).toEqual([]);
    await crowd.expectEverywhereOnce(ids);
  }, 500_000);

  it.each(['big', 'medium', 'small'])(
    'the agent %s and all its containers are killed',
    async (agent) => {
      const ids = await crowd.postDuring(async () => {
        await suite.killAgent(agent);
        await suite.healthy(`agent-${agent}`);
        await suite.allHealthy();
      });
      await crowd.expectEverywhereOnce(ids);
    },
    500_000,
  );

  it('the master and the scheduler are killed, and no instance notices', async () => {
    const before = await running('*');
    const ids = await crowd.postDuring(async () => {
      await suite.kill('master');
      await suite.kill('scheduler');
      await suite.healthy('master');
      await suite.healthy('scheduler');
      await suite.allHealthy();
    });
    expect((await running('*')).sort()).toEqual(before.sort());
    await crowd.expectEverywhereOnce(ids);
  }, 500_000);
});
