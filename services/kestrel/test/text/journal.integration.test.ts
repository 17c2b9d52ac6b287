import { jest } from '@jest/globals';
import { connectWire, stopAll } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';
import { put, says } from './transcripts.js';

jest.setTimeout(60_000);
afterAll(stopAll);

it('what a put has been answered for is there after a restart, with what was open', async () => {
  const first = await startTestKestrel({
    default: { syncJournal: 0 },
    aliases: [{ name: 'both', destinations: ['r', 's'] }],
  });
  const wire = await connectWire(first.textPort);
  await wire.play([
    ...put('q', 'a', 'b', 'c'),
    ...put('both', 'd'),
    ...says('get both 5', '*'),
    ...says('get q', ':a'),
    ...says('get q', ':b'),
  ]);
  await first.stop();
  const second = await startTestKestrel({}, { queuePath: first.folder });
  const again = await connectWire(second.textPort);
  await again.play([
    ...says('get q', ':b'),
    ...says('get q', ':c'),
    ...says('get r', ':d'),
    ...says('get s', ':d'),
  ]);
});
