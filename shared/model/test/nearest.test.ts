import fc from 'fast-check';
import { didYouMean, distance, nearest } from '../src/nearest.js';

describe('the nearest word', () => {
  it('is the one with the fewest letters to change', () => {
    expect(nearest('instnces', ['name', 'instances', 'role'])).toBe('instances');
    expect(nearest('nmae', ['name', 'node'])).toBe('name');
    expect(nearest('Creat', ['kill', 'create', 'restart'])).toBe('create');
    expect(didYouMean('locla', ['local', 'far'])).toBe('; did you mean "local"?');
    expect(didYouMean('qqqq', ['local'])).toBe('');
    expect(nearest('xyz', ['name', 'role'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  it('is measured alike in both directions, and is 0 for the same word only', () => {
    const word = fc.stringMatching(/^[abc]{0,8}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
