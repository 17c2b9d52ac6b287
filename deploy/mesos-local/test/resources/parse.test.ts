import fc from 'fast-check';
import {
  FLAG_CHARACTERS_MAX,
  ValueError,
  bundleOf,
  equals,
  flagOf,
  formatBundle,
  parseAttributes,
  parseResources,
  toResources,
  toUnreserved,
  unallocate,
} from '../../src/resources/index.js';
import { anyResource } from './arbitraries.js';

describe('--resources', () => {
  it('reads scalars, ranges, sets and static reservations', () => {
    expect(
      toResources(parseResources('cpus:4;mem:8192; ports:[31000-32000];disk(prod):500;bugs:{b,a}'), 'pre'),
    ).toEqual([
      { name: 'cpus', type: 'SCALAR', scalar: { value: 4 }, role: '*' },
      { name: 'mem', type: 'SCALAR', scalar: { value: 8192 }, role: '*' },
      { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] }, role: '*' },
      { name: 'disk', type: 'SCALAR', scalar: { value: 500 }, role: 'prod' },
      { name: 'bugs', type: 'SET', set: { item: ['a', 'b'] }, role: '*' },
    ]);
  });

  it('takes a set without a colon, blanks anywhere, an end with ; and nothing at all', () => {
    expect(equals(parseResources('bugs{a,b}'), parseResources('bugs : { a , b };'))).toBe(true);
    expect(parseResources('')).toEqual([]);
    expect(parseResources('ports:[]')).toEqual([]);
  });

  it('gives what names no role to the default role', () => {
    const resources = toResources(parseResources('cpus:1;mem(dev):64', 'prod'), 'pre');
    expect(resources.map((resource) => resource.role)).toEqual(['prod', 'dev']);
  });

  it('reads a JSON array of Resource messages', () => {
    const text = JSON.stringify([
      { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } },
      { name: 'disk', type: 'SCALAR', scalar: { value: 9 }, role: 'dev' },
    ]);
    expect(equals(parseResources(text, 'prod'), parseResources('cpus(prod):2;disk(dev):9'))).toBe(true);
  });

  it('reads back whatever it prints', () => {
    const sayable = fc
      .array(anyResource, { maxLength: 8 })
      .map((resources) => unallocate(toUnreserved(bundleOf(resources))));
    fc.assert(
      fc.property(sayable, (bundle) => {
        expect(equals(parseResources(flagOf(bundle)), bundle)).toBe(true);
      }),
    );
  });

  it.each([
    ['cpus', "'cpus'"],
    ['cpus:', "'cpus:'"],
    ['cpus:1:2', "'cpus:1:2'"],
    ['cpus(prod:1', "'cpus(prod:1'"],
    ['cpus:many', "'many'"],
    ['cpus:-1', "'-1'"],
    ['mem:64;cpus:NaN', "'cpus:NaN'"],
    ['ports:[1-2', "'ports:[1-2'"],
    ['ports:[5-2]', "'5-2'"],
    ['ports:[1,2]', "'1'"],
    ['ports:[1-99999999999999999999]', 'below 2^53'],
    ['bugs:{a', "'bugs:{a'"],
    ['bugs:{a{b}', "'a{b'"],
    ['cpus:4]', "'cpus:4]'"],
    [':4', 'Empty resource name'],
    ['cpus(a//b):1', 'two adjacent slashes'],
    ['cpus:1;cpus(prod):{a}', "'cpus'"],
    ['[{"name":"cpus"}]', "'[0]'"],
    ['[{"name":"cpus","type":"SCALAR"}]', 'Invalid scalar resource'],
    ['[{"name":', "'JSON'"],
    [
      '[{"name":"disk","type":"SCALAR","scalar":{"value":1},"disk":{"persistence":{"id":"x"}}}]',
      'Persistent',
    ],
    ['[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"revocable":{}}]', 'Revocable'],
    [
      '[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"role":"a","reservation":{"principal":"p"}}]',
      'Dynamic',
    ],
  ])('refuses %s and says what is wrong', (text, said) => {
    expect(() => parseResources(text)).toThrow(ValueError);
    expect(() => parseResources(text)).toThrow(said);
  });

  it('never fails with anything but a ValueError', () => {
    const piece = fc.constantFrom(
      'cpus',
      ':',
      ';',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '1',
      '-',
      ',',
      '"',
      'x',
      '\n',
      '*',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const parse of [parseResources, parseAttributes]) {
          try {
            parse(pieces.join(''));
          } catch (error) {
            expect(error).toBeInstanceOf(ValueError);
          }
        }
      }),
    );
  });
});

describe('a flag', () => {
  it('is refused unread when it is too long', () => {
    const text = 'x'.repeat(FLAG_CHARACTERS_MAX + 1);
    expect(() => parseResources(text)).toThrow('at most');
    expect(() => parseAttributes(text)).toThrow('at most');
  });
});

describe('--attributes', () => {
  it('guesses the type from the value', () => {
    expect(parseAttributes('rack:abc;zone:west;level:10;keys:[1-5];t:-1;url:a:b')).toEqual([
      { name: 'rack', type: 'TEXT', text: { value: 'abc' } },
      { name: 'zone', type: 'TEXT', text: { value: 'west' } },
      { name: 'level', type: 'SCALAR', scalar: { value: 10 } },
      { name: 'keys', type: 'RANGES', ranges: { range: [{ begin: 1, end: 5 }] } },
      { name: 't', type: 'TEXT', text: { value: '-1' } },
      { name: 'url', type: 'TEXT', text: { value: 'a:b' } },
    ]);
  });

  it.each([
    ['rack', "'rack'"],
    ['rack:', "'rack:'"],
    [':a', "':a'"],
    ['a:1;bugs:{a}', "'bugs:{a}'"],
    ['keys:[1-5', "'keys:[1-5'"],
  ])('refuses %s and says what is wrong', (text, said) => {
    expect(() => parseAttributes(text)).toThrow(ValueError);
    expect(() => parseAttributes(text)).toThrow(said);
  });
});

describe('formatBundle', () => {
  it('prints as Mesos does in messages', () => {
    const allocated = { allocation_info: { role: 'prod' } };
    const text = formatBundle(
      bundleOf([
        { name: 'cpus', type: 'SCALAR', scalar: { value: 3.8 }, ...allocated },
        { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] }, ...allocated },
        {
          name: 'mem',
          type: 'SCALAR',
          scalar: { value: 64 },
          role: 'prod',
          reservation: { principal: 'ops' },
        },
        {
          name: 'disk',
          type: 'SCALAR',
          scalar: { value: 9 },
          disk: {
            source: { type: 'PATH', path: { root: '/d' } },
            volume: { container_path: 'data', mode: 'RW' },
          },
          revocable: {},
        },
      ]),
    );
    expect(text).toBe(
      'cpus(allocated: prod):3.8; ports(allocated: prod):[31000-32000]; mem(reservations: [(DYNAMIC,prod,ops)]):64; disk[PATH:/d,data]{REV}:9',
    );
    expect(formatBundle([])).toBe('{}');
  });
});
