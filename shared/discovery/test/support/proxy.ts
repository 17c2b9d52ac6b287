import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onStopAll } from '@murmur/testkit';

/** A way to ZooKeeper, on that port of this machine, that can be cut. */
export async function startProxy(
  toPort: number,
): Promise<{ port: number; cut: () => void; mend: () => void }> {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(toPort, '127.0.0.1');
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    whole = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onStopAll(async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, cut, mend: () => (whole = true) };
}
