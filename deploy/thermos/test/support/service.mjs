/**
 * A service under test: `service.mjs PORT ZK_PORT MODE`. GET /health says `ok`, or `sick` while a file of that name is beside it.
 * It writes what it hears to `heard`, and with it the ephemeral nodes that ZooKeeper has at that moment. MODE: `stubborn` ignores
 * what it hears; `polite` ends at /quitquitquit; `plain` ends at SIGTERM and answers no lifecycle endpoint with anything but 404.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const [port, zkPort, mode] = process.argv.slice(2);

function ephemerals() {
  if (zkPort === '0') return Promise.resolve('');
  return new Promise((resolve) => {
    const socket = connect(Number(zkPort), '127.0.0.1', () => socket.write('dump'));
    let text = '';
    socket.on('data', (bytes) => (text += bytes));
    socket.on('close', () => resolve(text.match(/\/\S*member_\d+/g)?.join(' ') ?? ''));
    socket.on('error', () => resolve('no zookeeper'));
  });
}

async function hear(what) {
  const nodes = await ephemerals();
  appendFileSync('heard', `${what}:${nodes}\n`);
}

const server = createServer((request, response) => {
  if (request.url === '/health') response.end(existsSync('sick') ? 'sick' : 'OK\n');
  else if (request.method === 'POST' && mode !== 'plain') {
    void hear(request.url).then(() => {
      response.end('heard');
      if (mode === 'polite') setTimeout(() => process.exit(0), 10);
    });
  } else response.writeHead(404).end();
});
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => {
  void hear('SIGTERM').then(() => {
    if (mode !== 'stubborn') process.exit(0);
  });
});
