import fc from 'fast-check';
import { BUILT_IN_TEXTS, fortunesOf, uniqueText } from '../../src/demo/texts-core.js';
import { readTexts } from '../../src/demo/texts.js';

describe('texts', () => {
  it('are cut out of a fortune file, without control characters', () => {
    expect(fortunesOf('one\n\ttwo\b\n%\n\n%\n100 % sure\n%')).toEqual(['one\n two', '100 % sure']);
  });

  it('keep within 500 characters and end with their mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_200 }), (text) => {
        const unique = uniqueText([text], 'r1n7', () => 0);
        expect(Array.from(unique).length).toBeLessThanOrEqual(500);
        expect(unique.endsWith(' #r1n7')).toBe(true);
      }),
    );
  });

  it('are our own where there are no fortunes', async () => {
    expect(await readTexts('/nowhere')).toBe(BUILT_IN_TEXTS);
  });
});
