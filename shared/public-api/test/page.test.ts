import fc from 'fast-check';
import { urlencodedFields } from '../src/body-core.js';
import { fieldReader } from '../src/field-core.js';
import { ApiError, linkHeader, pageParams } from '../src/index.js';

const params = (query: string, limits = {}) => pageParams(fieldReader(urlencodedFields(query)), limits);
const origin = 'http://127.0.0.1:8080';

describe('pages', () => {
  it('defaults to 20, caps at 40, and reads the three cursors', () => {
    expect(params('')).toEqual({ limit: 20, maxId: null, sinceId: null, minId: null });
    expect(params('limit=80&max_id=3&since_id=1&min_id=2')).toEqual({
      limit: 40,
      maxId: 3n,
      sinceId: 1n,
      minId: 2n,
    });
    expect(params('limit=100', { default: 40, max: 80 }).limit).toBe(80);
    expect(params('max_id=').maxId).toBeNull();
    expect(params('limit=').limit).toBe(20);
  });

  it('refuses rubbish and names it', () => {
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=x',
      'limit=1.5',
      'max_id=x',
      'min_id=-1',
      'since_id=99999999999999999999',
    ])
      expect(() => params(query)).toThrow(ApiError);
    expect(() => params('max_id=x')).toThrow(/max_id is "x", allowed is a decimal id/);
    expect(() => params('limit=0')).toThrow(/limit is "0", allowed is a whole number from 1 up/);
  });

  it('links are absolute, next before prev, and keep the other parameters', () => {
    expect(
      linkHeader({ origin, pathAndQuery: '/api/v1/timelines/home?limit=5&max_id=9' }, [7n, 5n, 6n]),
    ).toBe(
      `<${origin}/api/v1/timelines/home?limit=5&max_id=5>; rel="next", <${origin}/api/v1/timelines/home?limit=5&min_id=7>; rel="prev"`,
    );
  });

  it('a query too long to repeat is refused, not sent in a header that proxies cut off', () => {
    const link = () => linkHeader({ origin, pathAndQuery: `/x?q=${"'".repeat(2_000)}` }, [1n]);
    expect(link).toThrow(ApiError);
    expect(link).toThrow(/query is too long/);
  });

  it('an empty page has no links', () => {
    expect(linkHeader({ origin, pathAndQuery: '/x?max_id=1' }, [])).toBeNull();
  });

  it('a token in the query is not repeated', () => {
    expect(linkHeader({ origin, pathAndQuery: '/x?access_token=secret&local=1' }, [1n])).not.toContain(
      'secret',
    );
  });

  it('whatever the path and query, both URLs parse, carry the cursor, and nothing breaks out of the header', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.uniqueArray(fc.bigInt(1n, 1n << 62n), { minLength: 1 }),
        (path, query, ids) => {
          const link =
            linkHeader({ origin, pathAndQuery: `/${path.replaceAll('?', '')}?${query}` }, ids) ?? '';
          const match = /^<([^<>\s"]+)>; rel="next", <([^<>\s"]+)>; rel="prev"$/.exec(link);
          expect(match).not.toBeNull();
          const sorted = [...ids].sort((a, b) => (a < b ? -1 : 1));
          expect(new URL(match?.[1] ?? '').searchParams.get('max_id')).toBe(String(sorted[0]));
          expect(new URL(match?.[2] ?? '').searchParams.get('min_id')).toBe(String(sorted.at(-1)));
        },
      ),
    );
  });
});
