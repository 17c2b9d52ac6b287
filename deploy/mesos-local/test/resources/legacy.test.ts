import {
  add,
  allocate,
  bundleOf,
  legacyAttributes,
  legacyResources,
  parseAttributes,
  parseResources,
} from '../../src/resources/index.js';

describe('legacy JSON', () => {
  it('shows the four scalars always, and ranges and sets as text', () => {
    expect(legacyResources(parseResources('cpus:2;ports:[31000-32000];bugs:{b,a}'))).toEqual({
      cpus: 2,
      gpus: 0,
      mem: 0,
      disk: 0,
      ports: '[31000-32000]',
      bugs: '{a, b}',
    });
  });

  it('sums over roles and reservations, revocable ones apart', () => {
    const bundle = add(
      add(
        parseResources('cpus:0.1;cpus(prod):0.2;ports:[1-2]'),
        allocate(parseResources('ports:[3-4]'), 'x'),
      ),
      bundleOf([{ name: 'cpus', type: 'SCALAR', scalar: { value: 5 }, revocable: {} }]),
    );
    expect(legacyResources(bundle)).toMatchObject({ cpus: 0.3, cpus_revocable: 5, ports: '[1-4]' });
  });

  it('shows attributes by name', () => {
    expect(legacyAttributes(parseAttributes('rack:a;n:3;r:[1-5]'))).toEqual({ rack: 'a', n: 3, r: '[1-5]' });
  });
});
