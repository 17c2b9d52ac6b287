import fc from 'fast-check';
import { decodeLine } from '../../src/memcache/decode-core.js';

const get = (over: object) => ({
  kind: 'get',
  queue: 'q',
  timeoutMs: 0,
  open: false,
  close: false,
  abort: false,
  peek: false,
  ...over,
});
const stays = { kind: 'refuse', fatal: false, bytes: -1 };
const fatal = { kind: 'refuse', fatal: true, bytes: -1 };

describe('a line of the memcache protocol', () => {
  it.each([
    ['get q', get({})],
    ['gets q', get({})],
    ['GET q', get({})],
    ['get Q', get({ queue: 'Q' })],
    ['get q extra words', get({})],
    ['get q/', get({})],
    ['get q///', get({})],
    ['get q/t=250', get({ timeoutMs: 250 })],
    ['get q/t=-1', get({ timeoutMs: 0 })],
    ['get q/t=+5', get({ timeoutMs: 5 })],
    ['get q/open', get({ open: true })],
    ['get q/close/open', get({ open: true, close: true })],
    ['get q/open/close/t=9', get({ open: true, close: true, timeoutMs: 9 })],
    ['get q/abort', get({ abort: true })],
    ['get q/peek/t=1', get({ peek: true, timeoutMs: 1 })],
    ['get q/OPEN/nonsense', get({})],
    ['get q\tr', get({ queue: 'q\tr' })],
    ['set q 0 0 5', { kind: 'set', queue: 'q', expiry: 0, bytes: 5 }],
    ['set q 7 -1 0 noreply', { kind: 'set', queue: 'q', expiry: -1, bytes: 0 }],
    ['SET a/b 0 30 1', { kind: 'set', queue: 'a/b', expiry: 30, bytes: 1 }],
    ['monitor q 5', { kind: 'monitor', queue: 'q', timeoutMs: 5 * 1000, max: null }],
    ['monitor q/x 5 2', { kind: 'monitor', queue: 'q/x', timeoutMs: 5000, max: 2 }],
    ['confirm q 3', { kind: 'confirm', queue: 'q', count: 3 }],
    ['confirm q -3', { kind: 'confirm', queue: 'q', count: -3 }],
    ['delete q 0', { kind: 'delete', queue: 'q' }],
    ['flush q', { kind: 'flush', queue: 'q' }],
    ['flush_expired q', { kind: 'flush_expired', queue: 'q' }],
    ['flush_all', { kind: 'flush_all' }],
    ['flush_all_expired', { kind: 'flush_all_expired' }],
    ['stats anything', { kind: 'stats' }],
    ['dump_stats', { kind: 'dump_stats', queues: [] }],
    ['dump_stats a b', { kind: 'dump_stats', queues: ['a', 'b'] }],
    ['status', { kind: 'status', name: null }],
    ['status readOnly', { kind: 'status', name: 'readOnly' }],
    ['version', { kind: 'version' }],
    ['reload', { kind: 'reload' }],
    ['shutdown', { kind: 'shutdown' }],
    ['QUIT', { kind: 'quit' }],
  ])('%j is understood', (line, request) => {
    expect(decodeLine(line)).toEqual(request);
  });

  it.each([
    'get',
    'get /',
    'get ///',
    'delete',
    'flush',
    'flush_expired',
    'monitor',
    'monitor q',
    'confirm',
    'confirm q',
  ])('%j lacks an argument: CLIENT_ERROR, the connection stays', (line) => {
    expect(decodeLine(line)).toEqual(stays);
  });

  it.each([
    '',
    ' ',
    '   ',
    'nonsense',
    'incr q 1',
    'touch q 1',
    'dump_config',
    'get  q',
    'get /open',
    'delete  q',
    'get q/peek/open',
    'get q/peek/close',
    'get q/abort/open',
    'get q/abort/close',
    'get q/peek/abort',
    'get q/t=',
    'get q/t=abc',
    'get q/t=2147483648',
    'monitor q x',
    'monitor q 5 x',
    'monitor q 2147483648',
    'confirm q x',
    'set q 0 0',
    'set q 0 0 x',
    'set q 0 0 -1',
    'set q 0 0 2147483646',
    'set q 0 0 2147483648',
    'add q 0 0',
  ])('%j ends the connection', (line) => {
    expect(decodeLine(line)).toEqual(fatal);
  });

  it.each([
    ['set q x x 3', false],
    ['set q 0 x 3', true],
    ['set  0 0 3', true],
    ['add q 0 0 3', true],
    ['cas q 0 0 3 1', true],
    ['append q 0 0 3', true],
    ['prepend q 0 0 3', true],
    ['replace q 0 0 3', true],
  ])('%j is refused after its data', (line, ends) => {
    expect(decodeLine(line)).toEqual({ kind: 'refuse', fatal: ends, bytes: 3 });
  });

  it('is always understood or refused, whatever is in it', () => {
    const words = fc.constantFrom(
      'get',
      'set',
      'monitor',
      'confirm',
      'q',
      '/',
      't=',
      '0',
      '-1',
      '99999999999',
      '',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
        expect(decodeLine(parts.join(' '))).toHaveProperty('kind');
      }),
    );
  });
});
