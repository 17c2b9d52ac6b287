import { Segments } from '../../src/journal/segments.js';

describe('the files of a journal', () => {
  it('follow each other, the current one last', () => {
    const segments = new Segments('q');
    const [first, second] = [segments.rotated(10), segments.rotated(20)];
    expect(segments.after(first)).toBe(second);
    expect(segments.after(second)).toBe(segments.current);
    expect(segments.after(segments.current)).toBeNull();
  });

  it('lead a reader that stands in one a pack has replaced to what the pack leaves, never into the pack', () => {
    const segments = new Segments('q');
    const [, last, later] = [segments.rotated(10), segments.rotated(20), segments.rotated(30)];
    segments.packed(last, { suffix: '.20.pack', time: 20, size: 100 });
    expect(segments.after(last)).toBe(later);
    segments.packed(later, { suffix: '.30.pack', time: 30, size: 100 });
    expect(segments.after(later)).toBe(segments.current);
  });
});
