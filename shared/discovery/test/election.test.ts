import fc from 'fast-check';
import { isZkUrl, parseZkUrl } from '@murmur/discovery';
import {
  firstCandidate,
  nextContenderState,
  readCandidate,
  type ContenderEvent,
  type ContenderState,
} from '../src/election-core.js';

describe('who takes part in an election', () => {
  it.each([
    ['json.info_0000000003', { label: 'json.info', sequence: 3 }],
    ['info_0000000012', { label: 'info', sequence: 12 }],
    ['0000000001', { label: null, sequence: 1 }],
    ['a_b_7', { label: 'a_b', sequence: 7 }],
  ])('%s does', (name, wanted) => {
    expect(readCandidate(name)).toEqual({ name, ...wanted });
  });
  it.each(['log_replicas', 'json.info', '', 'json.info_', 'json.info_12x'])('%p does not', (name) => {
    expect(readCandidate(name)).toBeNull();
  });
  it('is led by the smallest number, whatever labels and others there are', () => {
    const names = ['log_replicas', 'json.info_0000000010', 'info_0000000009', 'json.info_0000000100'];
    expect(firstCandidate(names)?.name).toBe('info_0000000009');
    expect(firstCandidate(['log_replicas'])).toBeNull();
    fc.assert(
      fc.property(
        fc.shuffledSubarray(names, { minLength: 4 }),
        (some) => firstCandidate(some)?.sequence === 9,
      ),
    );
  });
});

describe('a contender', () => {
  const table: Record<ContenderState, Record<ContenderEvent, ContenderState>> = {
    contending: {
      first: 'leader',
      behind: 'candidate',
      absent: 'contending',
      silent: 'contending',
      resign: 'resigned',
    },
    candidate: {
      first: 'leader',
      behind: 'candidate',
      absent: 'contending',
      silent: 'candidate',
      resign: 'resigned',
    },
    leader: { first: 'leader', behind: 'lost', absent: 'lost', silent: 'lost', resign: 'resigned' },
    lost: { first: 'lost', behind: 'lost', absent: 'lost', silent: 'lost', resign: 'lost' },
    resigned: {
      first: 'resigned',
      behind: 'resigned',
      absent: 'resigned',
      silent: 'resigned',
      resign: 'resigned',
    },
  };
  const cases = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([event, next]) => [state, event, next] as const),
  );
  it.each(cases)('that is %s is at %s then %s', (state, event, next) => {
    expect(nextContenderState(state as ContenderState, event as ContenderEvent)).toBe(next);
  });
  it('never leads again once it lost', () => {
    const events = fc.constantFrom<ContenderEvent>('first', 'behind', 'absent', 'silent', 'resign');
    fc.assert(
      fc.property(
        fc.array(events),
        (list) => list.reduce<ContenderState>(nextContenderState, 'lost') === 'lost',
      ),
    );
  });
});

describe('the URL of an election', () => {
  it('has servers, a path and perhaps a user', () => {
    expect(parseZkUrl('zk://h1:2181,h2/mesos')).toEqual({
      servers: 'h1:2181,h2:2181',
      path: '/mesos',
      auth: null,
    });
    expect(parseZkUrl('zk://u:p@127.0.0.1:9/a/b')).toEqual({
      servers: '127.0.0.1:9',
      path: '/a/b',
      auth: 'u:p',
    });
    expect([isZkUrl('zk://h/m'), isZkUrl('127.0.0.1:5050')]).toEqual([true, false]);
  });
  it.each([
    'zk://h:2181',
    'zk://h:2181/',
    'h:2181/m',
    'zk://h:0/m',
    'zk://h:65536/m',
    'zk://a b/m',
    'zk://h/m/',
    'zk:///m',
  ])('is not %p', (text) => {
    expect(() => parseZkUrl(text)).toThrow('allowed is zk://[user:password@]host:port');
  });
  it('keeps the password out of errors', () => {
    expect(() => parseZkUrl('zk://u:pass@h:2181')).toThrow('"zk://(secret)@h:2181" is not allowed');
  });
});
