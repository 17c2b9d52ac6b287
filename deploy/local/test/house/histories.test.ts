import fc from 'fast-check';

/** `jest.fast-check.js` is what tests import; without it a history of 300 steps ends after ten. */
it('the lists of properties are as long as their maxLength', () => {
  const lengths = fc.sample(fc.array(fc.nat(), { maxLength: 300 }), 100).map(({ length }) => length);
  expect(Math.max(...lengths)).toBeGreaterThan(100);
});
