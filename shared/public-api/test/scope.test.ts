import fc from 'fast-check';
import { covers, grants, parseScopes, SCOPES } from '../src/index.js';

const scope = fc.constantFrom(...SCOPES);

describe('scopes', () => {
  it('an umbrella grants its parts, and nothing else', () => {
    expect(grants(['write'], 'write:statuses')).toBe(true);
    expect(grants(['write:statuses'], 'write:statuses')).toBe(true);
    expect(grants(['read'], 'write:statuses')).toBe(false);
    expect(grants(['write:statuses'], 'write')).toBe(false);
    expect(grants(['write:statuses'], 'write:follows')).toBe(false);
  });

  it('follow covers follows, blocks and mutes of both kinds', () => {
    expect(grants(['follow'], 'write:follows')).toBe(true);
    expect(grants(['follow'], 'read:mutes')).toBe(true);
    expect(grants(['follow'], 'write:statuses')).toBe(false);
  });

  it('unknown names and empty lists are refused; order and first mention are kept', () => {
    expect(parseScopes('read write:statuses read')).toEqual(['read', 'write:statuses']);
    expect(parseScopes('read admin:everything')).toBeNull();
    expect(parseScopes('  ')).toBeNull();
    expect(parseScopes('__proto__')).toBeNull();
  });

  it('every set of scopes covers itself and each of its parts', () => {
    fc.assert(
      fc.property(fc.uniqueArray(scope, { minLength: 1 }), (names) => {
        expect(covers(names, names)).toBe(true);
        expect(names.every((name) => grants(names, name))).toBe(true);
      }),
    );
  });
});
