import { StartError } from '@murmur/service';
import type { MesosServer } from '../http/server.js';

const REASONS: Readonly<Partial<Record<string, string>>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'the address is none of this machine',
  ENOTFOUND: 'the address is unknown',
};

/** Listens where `--ip` and `--port` say. Resolves with the port; rejects with StartError where the machine does not let it. */
export async function listenAt(server: MesosServer, port: number, ip: string): Promise<number> {
  try {
    return await server.listen(port, ip);
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new StartError(`--ip, --port: cannot listen on ${ip}:${String(port)}: ${reason}`, { cause: error });
  }
}
