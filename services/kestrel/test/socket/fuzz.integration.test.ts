import fc from 'fast-check';
import { jest } from '@jest/globals';
import { stopAll } from '@murmur/testkit';
import type { AcceptClient, Services } from '../../src/services.js';
import { acceptText } from '../../src/text/connection.js';
import { createThriftAcceptor } from '../../src/thrift/connection.js';
import { count, get, items, put } from '../thrift/bytes.js';
import { doWithoutUuid } from '../thrift/library.js';
import { startHost } from './host.js';

jest.setTimeout(120_000);
doWithoutUuid();
afterAll(stopAll);

const TEXT_WORDS = [
  'put ',
  'get ',
  'monitor ',
  'confirm ',
  'q',
  ' 5',
  ':',
  '\n',
  '\r\n',
  ' ',
  'x',
  '\0',
  '\xff',
  '-1',
];
const THRIFT_WORDS = [
  put('r', ['a']),
  get('r', 1),
  get('r', 1, 5, 5),
  '\0\0\0\x05',
  '\x80\x01\0\x01',
  '\0',
  '\x0b',
  '\xff',
];

const PROTOCOLS: readonly (readonly [
  name: string,
  protocol: (services: Services) => AcceptClient,
  words: readonly string[],
  asked: string,
  answered: string,
])[] = [
  ['text', () => acceptText, TEXT_WORDS, 'put mine:\na\n\nget mine\n', '+1\n:a\n'],
  [
    'thrift',
    createThriftAcceptor,
    THRIFT_WORDS,
    put('mine', ['a']) + get('mine', 1),
    count('put', 1) + items(['a', 0]),
  ],
];

it.each(PROTOCOLS)(
  '%s: whatever one client sends, another is served',
  async (_name, protocol, words, asked, answered) => {
    const host = await startHost(protocol);
    const other = await host.connect();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 40 }), async (sent) => {
        const wire = await host.connect();
        await wire.send(sent.join('')).catch(() => undefined);
        await other.play([
          ['>', asked],
          ['<', answered],
        ]);
        wire.close();
      }),
      { numRuns: 200 },
    );
  },
);
