import { request } from 'node:http';

export interface Exchange {
  readonly method: 'GET' | 'POST';
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly path: string;
  /** For the whole of it, ms. */
  readonly timeoutMs: number;
  /** What comes after these is not read. */
  readonly bodyBytesMax: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request to a process of this machine, over a connection of its own. Rejects when there is no whole answer in time. */
export function exchange({ method, port, path, timeoutMs, bodyBytesMax, signal }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, host: '127.0.0.1', port, path, agent: false, headers: { 'content-length': 0 } };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (): void => {
        done();
        call.destroy();
        const body = Buffer.concat(chunks).subarray(0, bodyBytesMax).toString('utf8');
        resolve({ status: response.statusCode ?? 0, body });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= bodyBytesMax) finish();
      });
      response.on('end', finish);
      response.on('error', fail);
    });
    const late = setTimeout(() => fail(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    const stop = (): void => fail(new Error('given up'));
    const done = (): void => {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
    };
    function fail(error: Error): void {
      done();
      call.destroy();
      reject(error);
    }
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    call.on('error', fail);
    call.end();
  });
}
