import fc from 'fast-check';
import {
  accountEntity,
  CodecError,
  decodeAccountRow,
  decodeEvent,
  decodePresence,
  decodePushItem,
  decodeStatusRow,
  encodeAccountRow,
  encodeEvent,
  encodePresence,
  encodePushItem,
  encodeStatusRow,
  presenceSnapshotFromJson,
  presenceSnapshotToJson,
  packIds,
  renderContent,
  STATUS_TOMBSTONE,
  statusEntity,
  VISIBILITIES,
  type Account,
  type Event,
  type PushItem,
  type Status,
} from '@murmur/model';

const id = fc.bigInt({ min: 1n, max: (1n << 63n) - 1n });
const ms = fc.integer({ min: 0, max: 4_102_444_800_000 });
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((t) => t.toWellFormed());
const account: fc.Arbitrary<Account> = fc.record({
  id,
  username: text,
  displayName: text,
  note: text,
  createdAtMs: ms,
  followersCount: fc.nat(),
  followingCount: fc.nat(),
  statusesCount: fc.nat(),
  lastStatusAtMs: fc.option(ms),
});
const status: fc.Arbitrary<Status> = fc.record({
  id,
  authorId: id,
  text,
  visibility: fc.constantFrom(...VISIBILITIES),
  inReplyToId: fc.option(id),
  inReplyToAccountId: fc.option(id),
  sensitive: fc.boolean(),
  spoilerText: text,
  language: fc.option(text),
  createdAtMs: ms,
  repliesCount: fc.nat(),
});
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status,
    author: account,
    receivedAtMs: ms,
    push: fc.boolean(),
    attempt: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('delete' as const),
    statusId: id,
    authorId: id,
    receivedAtMs: ms,
    attempt: fc.nat(),
  }),
  fc.record({
    kind: fc.constantFrom('follow' as const, 'unfollow' as const),
    followerId: id,
    followeeId: id,
    receivedAtMs: ms,
    attempt: fc.nat(),
  }),
);
const accounts = fc.array(id, { maxLength: 20 }).map(packIds);
const pushItem: fc.Arbitrary<PushItem> = fc.oneof(
  fc.record({ kind: fc.constant('update' as const), status, author: account, receivedAtMs: ms, accounts }),
  fc.record({ kind: fc.constant('delete' as const), statusId: id, receivedAtMs: ms, accounts }),
);

describe('queue payloads', () => {
  it('events come back as they were written', () => {
    fc.assert(fc.property(event, (e) => expect(decodeEvent(encodeEvent(e))).toEqual(e)));
  });

  it('push items come back as they were written', () => {
    fc.assert(fc.property(pushItem, (item) => expect(decodePushItem(encodePushItem(item))).toEqual(item)));
  });

  it('presence comes back as it was written, as an item and as a snapshot', () => {
    const item = fc.record({
      gateway: text,
      epoch: text,
      seq: fc.nat(),
      joins: fc.array(id),
      leaves: fc.array(id),
    });
    fc.assert(fc.property(item, (p) => expect(decodePresence(encodePresence(p))).toEqual(p)));
    const snapshot = fc.record({ gateway: text, epoch: text, seq: fc.nat(), accounts: fc.array(id) });
    fc.assert(
      fc.property(snapshot, (s) => {
        const wire: unknown = JSON.parse(JSON.stringify(presenceSnapshotToJson(s)));
        expect(presenceSnapshotFromJson(wire)).toEqual(s);
      }),
    );
  });

  it('rubbish and cut payloads are refused with a CodecError, never with anything else', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b)),
      fc.json().map((json) => Buffer.concat([Buffer.from([1]), Buffer.from(json)])),
      fc.tuple(event, fc.double({ min: 0, max: 0.99, noNaN: true })).map(([e, part]) => {
        const whole = encodeEvent(e);
        return whole.subarray(0, Math.floor(whole.length * part));
      }),
    );
    fc.assert(
      fc.property(bytes, (b) => {
        for (const decode of [decodeEvent, decodePushItem, decodePresence])
          expect(() => decode(b)).toThrow(CodecError);
      }),
    );
  });
});

describe('rows', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(status, (s) =>
        expect(decodeStatusRow(encodeStatusRow(s))).toEqual({ kind: 'status', status: s }),
      ),
    );
    fc.assert(fc.property(account, (a) => expect(decodeAccountRow(encodeAccountRow(a))).toEqual(a)));
  });

  it('of a deleted status is a tombstone, and rubbish is a miss', () => {
    expect(decodeStatusRow(STATUS_TOMBSTONE)).toEqual({ kind: 'deleted' });
    fc.assert(fc.property(fc.json(), (json) => expect(decodeStatusRow(Buffer.from(json))).toBeNull()));
  });
});

describe('content', () => {
  it('escapes the text and wraps links, paragraphs and line breaks', () => {
    expect(renderContent('<script>alert("x")</script> & more')).toBe(
      '<p>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more</p>',
    );
    expect(renderContent('a\nb\n\nc')).toBe('<p>a<br />b</p><p>c</p>');
    expect(renderContent('see https://x.test/?a=1&b="2".')).toContain(
      '<a href="https://x.test/?a=1&amp;b=" ',
    );
    expect(renderContent('(http://x.test/a)!')).toContain('>http://x.test/a</a>)!');
  });

  it('lets no markup of the author through', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', ':', '/', ' ', 'http://', '\n'),
    });
    fc.assert(
      fc.property(hostile, (t) => {
        const tags = renderContent(t).match(/<[^>]*>/g) ?? [];
        for (const tag of tags)
          expect(tag).toMatch(
            /^(<\/?p>|<br \/>|<\/a>|<a href="https?:\/\/[^"<>]*" target="_blank" rel="nofollow noopener noreferrer">)$/,
          );
      }),
    );
  });
});

describe('entities', () => {
  it('send every key of the reference, whatever the values', () => {
    fc.assert(
      fc.property(status, account, (s, a) => {
        expect(Object.keys(statusEntity(s, a, 'http://h')).sort()).toEqual(STATUS_KEYS);
        expect(Object.keys(accountEntity(a, 'http://h')).sort()).toEqual(ACCOUNT_KEYS);
      }),
    );
  });
});

const STATUS_KEYS =
  'account bookmarked card content created_at edited_at emojis favourited favourites_count filtered id in_reply_to_account_id in_reply_to_id language media_attachments mentions muted poll reblog reblogged reblogs_count replies_count sensitive spoiler_text tags uri url visibility'.split(
    ' ',
  );
const ACCOUNT_KEYS =
  'acct avatar avatar_static bot created_at discoverable display_name emojis fields followers_count following_count group header header_static id last_status_at locked note statuses_count uri url username'.split(
    ' ',
  );
