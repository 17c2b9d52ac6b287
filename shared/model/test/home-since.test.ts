import fc from 'fast-check';
import {
  CodecError,
  HOME_SINCE_MAX,
  homeSinceFromJson,
  homeSinceToJson,
  type HomeSince,
} from '@murmur/model';

const author = {
  id: 7n,
  username: 'ada',
  displayName: 'Ada',
  note: '',
  createdAtMs: 1,
  followersCount: 0,
  followingCount: 0,
  statusesCount: 0,
  lastStatusAtMs: null,
};

const itemOf = (id: bigint, text: string, receivedAtMs: number | undefined) => ({
  status: {
    id,
    authorId: 7n,
    text,
    visibility: 'public' as const,
    inReplyToId: null,
    inReplyToAccountId: null,
    sensitive: false,
    spoilerText: '',
    language: null,
    createdAtMs: 1,
    repliesCount: 0,
  },
  author,
  ...(receivedAtMs === undefined ? {} : { receivedAtMs }),
});

const answers: fc.Arbitrary<HomeSince> = fc.record({
  statuses: fc.array(
    fc
      .tuple(fc.bigInt(0n, (1n << 63n) - 1n), fc.string(), fc.option(fc.nat(), { nil: undefined }))
      .map(([id, text, at]) => itemOf(id, text, at)),
    { maxLength: 5 },
  ),
  complete: fc.boolean(),
  gapBelow: fc.option(fc.bigInt(0n, (1n << 63n) - 1n)),
});

describe('home-since', () => {
  it('comes back from JSON as it was', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(homeSinceFromJson(JSON.parse(JSON.stringify(homeSinceToJson(answer))))).toEqual(answer);
      }),
    );
  });

  it('refuses anything else with an error that names the field', () => {
    const good = homeSinceToJson({ statuses: [itemOf(1n, 'a', 2)], complete: true, gapBelow: null });
    expect(() => homeSinceFromJson(null)).toThrow(CodecError);
    expect(() => homeSinceFromJson({ ...good, statuses: {} })).toThrow('statuses');
    expect(() => homeSinceFromJson({ ...good, statuses: new Array(HOME_SINCE_MAX + 1).fill(null) })).toThrow(
      'at most 400',
    );
    expect(() => homeSinceFromJson({ ...good, complete: 1 })).toThrow('complete');
    expect(() => homeSinceFromJson({ ...good, gapBelow: 5 })).toThrow('gapBelow');
    expect(() => homeSinceFromJson({ ...good, statuses: [{}] })).toThrow('status');
  });

  it('refuses generated rubbish only with a CodecError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          homeSinceFromJson(value);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});
