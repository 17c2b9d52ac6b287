import { setImmediate as turn } from 'node:timers/promises';
import { makeReply } from '../../src/socket/long-replies.js';

/** A reply of so many pieces, each of which is written down when it is made. */
function* reply(name: string, pieces: number, made: string[]): Generator<string, string> {
  for (let i = 1; i < pieces; i += 1) {
    made.push(`${name}${i}`);
    yield `${name}${i}`;
  }
  made.push(`${name}${pieces}`);
  return `${name}${pieces}`;
}

/** Turns of the event loop until there is nothing left to do; what was made at the end of each. */
async function turns(made: readonly string[], most: number): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < most; i += 1) {
    await turn();
    seen.push(made.join(' '));
  }
  return seen;
}

const always = (): boolean => true;

describe('a reply of pieces', () => {
  it('is there at once when it has one', () => {
    const unexpected = (): never => {
      throw new Error('it was handed over already');
    };
    expect(makeReply(reply('a', 1, []), always, unexpected)?.toString()).toBe('a1');
  });

  it('is made one piece in a turn, and whole when it is handed over', async () => {
    const made: string[] = [];
    const done: string[] = [];
    expect(makeReply(reply('a', 4, made), always, (all) => void done.push(all.join(' ')))).toBeNull();
    expect(made).toEqual(['a1']);
    expect(await turns(made, 4)).toEqual(['a1 a2', 'a1 a2 a3', 'a1 a2 a3 a4', 'a1 a2 a3 a4']);
    expect(done).toEqual(['a1 a2 a3 a4']);
  });

  it('takes turns with the others', async () => {
    const made: string[] = [];
    const done: string[] = [];
    for (const name of ['a', 'b', 'c'])
      makeReply(reply(name, 3, made), always, (all) => void done.push(all.join(' ')));
    const seen = await turns(made, 6);
    expect(seen.at(-1)).toBe('a1 b1 c1 a2 b2 c2 a3 b3 c3');
    expect(seen.map((text) => text.split(' ').length)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(done).toEqual(['a1 a2 a3', 'b1 b2 b3', 'c1 c2 c3']);
  });

  it('is dropped when nobody wants it any more, and the others go on', async () => {
    const made: string[] = [];
    const done: string[] = [];
    let wanted = true;
    const unexpected = (): void => void done.push('unwanted');
    makeReply(reply('a', 3, made), () => wanted, unexpected);
    makeReply(reply('b', 2, made), always, (all) => void done.push(all.join(' ')));
    wanted = false;
    expect(await turns(made, 3)).toEqual(['a1 b1 b2', 'a1 b1 b2', 'a1 b1 b2']);
    expect(done).toEqual(['b1 b2']);
    makeReply(reply('c', 2, made), always, (all) => void done.push(all.join(' ')));
    await turn();
    expect(done).toEqual(['b1 b2', 'c1 c2']);
  });
});
