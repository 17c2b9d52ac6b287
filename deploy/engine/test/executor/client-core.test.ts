import {
  acknowledge,
  CLIENT_EFFECTS,
  CLIENT_EVENTS,
  CLIENT_STATES,
  EMPTY_LEDGER,
  nextClient,
  verdictOnUpdate,
  withoutUpdate,
  withTask,
  withUpdate,
  type ClientEffect,
  type ClientState,
  type LossFacts,
} from '../../src/executor-client-core.js';
import type { TaskInfo } from '../../src/wire/messages/task.js';

const outliving: LossFacts = { checkpoint: true, known: true, expiring: false };

type Expected = readonly [to: ClientState, ...effects: ClientEffect[]];
/** All that is allowed with facts `outliving`; what is not listed must be refused. */
const ALLOWED: Readonly<Record<string, Expected>> = {
  'idle start': ['subscribing', 'armExpiry', 'subscribe'],
  'idle close': ['closed'],
  'subscribing subscribed': ['subscribed', 'cancelExpiry', 'flush'],
  'subscribing lost': ['waiting', 'abort', 'armExpiry', 'armRetry'],
  'subscribing expired': ['dead', 'abort', 'die'],
  'subscribing close': ['closed', 'cancelExpiry', 'abort'],
  'subscribed lost': ['waiting', 'abort', 'armExpiry', 'armRetry'],
  'subscribed close': ['closed', 'abort'],
  'waiting retry': ['subscribing', 'subscribe'],
  'waiting expired': ['dead', 'cancelRetry', 'die'],
  'waiting close': ['closed', 'cancelRetry', 'cancelExpiry'],
  'dead close': ['closed'],
};

describe('the states of an executor client', () => {
  const all = CLIENT_STATES.flatMap((from) => CLIENT_EVENTS.map((event) => [from, event] as const));

  it.each(all)('%s, %s', (from, event) => {
    const move = nextClient(from, event, outliving);
    const [to, ...effects] = ALLOWED[`${from} ${event}`] ?? [];
    expect(move).toEqual(to === undefined ? null : { to, effects });
  });

  it.each(all)('%s, %s: effects come in their declared order, each once', (from, event) => {
    const effects = nextClient(from, event, outliving)?.effects ?? [];
    const places = effects.map((effect) => CLIENT_EFFECTS.indexOf(effect));
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  it('dies with its agent when it does not outlive it', () => {
    const facts = { ...outliving, checkpoint: false };
    expect(nextClient('subscribed', 'lost', facts)).toEqual({ to: 'dead', effects: ['abort', 'die'] });
    expect(nextClient('subscribing', 'lost', { ...facts, expiring: true })).toEqual({
      to: 'dead',
      effects: ['cancelExpiry', 'abort', 'die'],
    });
  });

  it('tries again for its first subscription even when it does not outlive its agent', () => {
    const facts = { checkpoint: false, known: false, expiring: true };
    expect(nextClient('subscribing', 'lost', facts)).toEqual({
      to: 'waiting',
      effects: ['abort', 'armRetry'],
    });
  });

  it('counts its time from the first loss, not from the latest', () => {
    const facts = { ...outliving, expiring: true };
    expect(nextClient('subscribing', 'lost', facts)?.effects).not.toContain('armExpiry');
  });
});

describe('the ledger', () => {
  const task = (id: string): TaskInfo => ({ name: id, task_id: { value: id }, agent_id: { value: 'a' } });
  const status = (id: string, uuid: string) =>
    ({ task_id: { value: id }, state: 'TASK_RUNNING', uuid }) as const;

  it('keeps a task until any of its updates is acknowledged, and an update until it is', () => {
    let ledger = withTask(withTask(EMPTY_LEDGER, task('t1')), task('t2'));
    ledger = withUpdate(withUpdate(ledger, status('t1', 'u1')), status('t1', 'u2'));
    ledger = acknowledge(ledger, 't1', 'u1');
    expect(ledger.tasks.map(({ name }) => name)).toEqual(['t2']);
    expect(ledger.updates.map(({ uuid }) => uuid)).toEqual(['u2']);
  });

  it('is not moved by an acknowledgement of what it does not have', () => {
    const ledger = withUpdate(withTask(EMPTY_LEDGER, task('t1')), status('t1', 'u1'));
    expect(acknowledge(ledger, 't2', 'u1')).toEqual(ledger);
    expect(acknowledge(ledger, 't1', 'u9').updates).toEqual(ledger.updates);
  });

  it('has a task once, however often it is launched', () => {
    expect(withTask(withTask(EMPTY_LEDGER, task('t1')), task('t1')).tasks).toHaveLength(1);
  });

  it('forgets an update that the agent refused', () => {
    expect(withoutUpdate(withUpdate(EMPTY_LEDGER, status('t1', 'u1')), 'u1')).toEqual(EMPTY_LEDGER);
  });
});

describe('the answer to an update', () => {
  it.each([
    [202, 'sent'],
    [200, 'sent'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'resubscribe'],
    [404, 'again'],
    [429, 'again'],
    [503, 'again'],
  ])('%d: %s', (code, verdict) => {
    expect(verdictOnUpdate(code)).toBe(verdict);
  });
});
