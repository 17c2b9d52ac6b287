import fc from 'fast-check';
import {
  decideRepeat,
  decodeClaim,
  encodeClaim,
  KEY_CHARACTERS_MAX,
  readKey,
} from '../src/idempotency-core.js';
import { refusal } from './support/fields.js';

describe('idempotency', () => {
  const claim = { id: 5n, fingerprint: 'aa' };

  it('a repeat gets the first status, whatever it asks', () => {
    expect(decideRepeat('there', claim, 'aa')).toBe('answer_first');
    expect(decideRepeat('there', claim, 'bb')).toBe('answer_first');
  });

  it('a status that was deleted since is not posted again', () => {
    expect(decideRepeat('deleted', claim, 'aa')).toBe('gone');
  });

  it('where no status exists yet, the same draft is put again under the same id, another is refused', () => {
    expect(decideRepeat('nowhere', claim, 'aa')).toBe('put_again');
    expect(decideRepeat('nowhere', claim, 'bb')).toBe('conflict');
  });

  it('a claim survives the cache, and rubbish is none', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, (1n << 63n) - 1n),
        fc.stringMatching(/^[0-9a-f]{1,16}$/),
        (id, fingerprint) => {
          expect(decodeClaim(encodeClaim({ id, fingerprint }))).toEqual({ id, fingerprint });
        },
      ),
    );
    for (const rubbish of ['', 'x', '1', '1 ', 'x y', '1 a b', '-1 a'])
      expect(decodeClaim(Buffer.from(rubbish))).toBeNull();
  });

  it('a key is trimmed and bounded', () => {
    expect(readKey(undefined)).toBeNull();
    expect(readKey(' k ')).toBe('k');
    for (const key of ['', '  ', 'x'.repeat(KEY_CHARACTERS_MAX + 1)])
      expect(refusal(() => readKey(key)).status).toBe(422);
  });
});
