import fc from 'fast-check';
import { MESSAGES_BURST, MessageAllowance, parseClientMessage } from '../src/client-message-core.js';

describe('what a client says', () => {
  it.each([
    ['{"type":"subscribe","stream":"user"}', { kind: 'subscribe', stream: 'user' }],
    ['{"type":"unsubscribe","stream":"user"}', { kind: 'unsubscribe', stream: 'user' }],
    [
      '{"type":"subscribe","stream":["user:notification"]}',
      { kind: 'subscribe', stream: 'user:notification' },
    ],
    ['{"type":"subscribe","stream":"public"}', { kind: 'error', error: 'Unknown stream type', status: 400 }],
    [
      '{"type":"subscribe","stream":"hashtag","tag":"x"}',
      { kind: 'error', error: 'Unknown stream type', status: 400 },
    ],
    ['{"type":"subscribe"}', { kind: 'error', error: 'Unknown stream type', status: 400 }],
    ['{"type":"dance","stream":"user"}', { kind: 'error', error: 'Unknown message type', status: 400 }],
    ['{', { kind: 'error', error: 'Not JSON', status: 400 }],
    ['7', { kind: 'error', error: 'An object with type and stream is required', status: 400 }],
    ['null', { kind: 'error', error: 'An object with type and stream is required', status: 400 }],
  ])('%s', (text, message) => {
    expect(parseClientMessage(text)).toEqual(message);
  });

  it('is never more than an error, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseClientMessage(text)));
    fc.assert(fc.property(fc.json(), (text) => void parseClientMessage(text)));
  });

  it('is bounded: a burst, then a few per second', () => {
    const allowance = new MessageAllowance(0);
    for (let i = 0; i < MESSAGES_BURST; i++) expect(allowance.spend(0)).toBe(true);
    expect(allowance.spend(0)).toBe(false);
    const patient = new MessageAllowance(0);
    for (let second = 0; second < 300; second++) expect(patient.spend(second * 1_000)).toBe(true);
  });
});
