import { splitAt } from '@murmur/testkit';
import { cut, parse } from './parse.js';
import { TRANSCRIPTS } from './transcripts/index.js';

const LIMIT = 1024 * 1024;

/** What one client of a transcript sends, all of it; the same bytes once. */
function streams(): string[] {
  const all = new Set<string>();
  for (const { steps } of TRANSCRIPTS) {
    const sent = new Map<string, string>();
    for (const [who, does, bytes] of steps)
      if (does === 'sends') sent.set(who, (sent.get(who) ?? '') + bytes);
    for (const bytes of sent.values()) all.add(bytes);
  }
  return [...all];
}

describe('what clients send in the transcripts', () => {
  it.each(streams())('means the same wherever it is cut: %j', (text) => {
    const bytes = Buffer.from(text, 'latin1');
    const whole = parse([bytes], LIMIT);
    // Of the long ones (a line of 8 KiB) every cut of the first and last 300 bytes.
    const far = (at: number): boolean => at > 300 && at < bytes.length - 300;
    let at = -1;
    for (const halves of splitAt(bytes)) {
      at += 1;
      if (!far(at)) expect(parse(halves, LIMIT)).toEqual(whole);
    }
    for (const size of [1, 2, 3, 7]) expect(parse(cut(bytes, [size]), LIMIT)).toEqual(whole);
  });
});
