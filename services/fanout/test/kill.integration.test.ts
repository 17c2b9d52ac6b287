import { jest } from '@jest/globals';
import { cacheKeys, cacheTtl } from '@murmur/cache';
import { decodeTimelineVector, encodeIdVector, type Id } from '@murmur/model';
import { stopAll, waitFor } from '@murmur/testkit';
import { freshId, startStage, statusEvent, type Stage } from './stage.js';

jest.setTimeout(240_000);

describe('fan-out that is killed', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(stopAll);

  it('loses no accepted status in the middle of a run of posts, and the reader sees each once', async () => {
    const [first] = await Promise.all([stage.fanoutProcess('0'), stage.fanoutProcess('1')]);
    const followers = Array.from({ length: 20 }, freshId);
    const author = freshId();
    await stage.vectors.add(cacheKeys.followers(author), encodeIdVector(followers), 600);
    for (const id of followers) await stage.vectors.add(cacheKeys.home(id), Buffer.alloc(0), cacheTtl.home);

    const accepted: Id[] = [];
    const post = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const event = statusEvent(author);
        await stage.put(event);
        accepted.push(event.status.id);
      }
    };
    const posting = post(400);
    await waitFor(() => accepted.length > 100, { what: 'some posts', everyMs: 1 });
    await first.kill();
    await posting;
    await first.restart();

    for (const id of followers)
      await waitFor(
        async () => {
          const home = await stage.vectors.get(cacheKeys.home(id));
          const { entries } = decodeTimelineVector(home?.value ?? Buffer.alloc(0));
          return entries.length === accepted.length;
        },
        { what: 'every status in every home, once', timeoutMs: 60_000 },
      );
  });
});
