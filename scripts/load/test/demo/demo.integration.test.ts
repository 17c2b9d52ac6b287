import { ApiFailure } from '../../src/demo/api.js';
import { runDemo } from '../../src/demo/demo.js';
import { MiniServer, type Faults } from './mini-server.js';

const PATIENCE = { openMs: 20_000, stragglersMs: 300, repeatsMs: 50 };
const third = (): ((id: number) => boolean) => {
  let first = 0;
  // The third status that is asked about, whatever its id.
  const seen = new Set<number>();
  return (id) => {
    seen.add(id);
    if (seen.size === 3 && first === 0) first = id;
    return id === first;
  };
};

describe('the demo', () => {
  const servers: MiniServer[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function demo(faults: Partial<Faults>): Promise<{ clean: boolean; text: string }> {
    const server = new MiniServer(faults);
    servers.push(server);
    const lines: string[] = [];
    const screen = {
      status: (text: string) => void lines.push(text),
      line: (text: string) => void lines.push(text),
    };
    const options = { accounts: 12, rate: 60, seconds: 1, url: await server.listen() };
    return { clean: await runDemo(options, screen, PATIENCE), text: lines.join('\n') };
  }

  it('is content when every status is everywhere once', async () => {
    const { clean, text } = await demo({});
    expect(text).toContain('screens open: 12 of 12');
    expect(text).toContain('Nothing lost, nothing duplicated.');
    expect(clean).toBe(true);
    // All twelve are in the sample: a home has what its screen shows.
    const expected = (row: string) => Number(new RegExp(`${row} +(\\d+)`).exec(text)?.[1]);
    expect(expected('homes of the sample')).toBe(expected('screens of the sample'));
    expect(expected('timelines of all authors')).toBe(expected('posts accepted'));
  });

  it('resumes streams that are cut, and repeats posts whose answer is lost, without a double', async () => {
    const { clean, text } = await demo({ cutAfter: third(), loseAnswer: third() });
    expect(text).not.toMatch(/streams +0 dropped/);
    expect(text).toContain('1 (no answer)');
    expect(clean).toBe(true);
  });

  it.each<[string, Partial<Faults>, RegExp]>([
    [
      'is lost on the screens',
      { onScreen: ((lost) => (id) => (lost(id) ? 0 : 1))(third()) },
      /screens of the sample +\d+ +[1-9]\d* +0 +0/,
    ],
    [
      'is twice on a screen',
      { onScreen: ((twice) => (id) => (twice(id) ? 2 : 1))(third()) },
      /screens of the sample +\d+ +0 +[1-9]\d* +0/,
    ],
    [
      'is twice in a home',
      { atHome: ((twice) => (id) => (twice(id) ? 2 : 1))(third()) },
      /homes of the sample +\d+ +0 +[1-9]\d* +0/,
    ],
  ])('notices when a status %s', async (_, faults, row) => {
    const { clean, text } = await demo(faults);
    expect(text).toMatch(row);
    expect(text).toContain('FAILED');
    expect(clean).toBe(false);
  });

  it('says so when there is no Murmur', async () => {
    const screen = { status: () => undefined, line: () => undefined };
    const options = { accounts: 2, rate: 1, seconds: 1, url: 'http://127.0.0.1:1' };
    await expect(runDemo(options, screen, PATIENCE)).rejects.toBeInstanceOf(ApiFailure);
  }, 30_000);
});
