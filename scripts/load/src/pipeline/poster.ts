/** Posts over keep-alive connections with as little work per post as can be, so that the load costs less than the loaded. */
import { connect, type Socket } from 'node:net';

export interface PostJob {
  readonly token: string;
  readonly text: string;
}

export interface PostTally {
  accepted: number;
  failed: number;
  /** The first bad answer, to show. */
  problem: string | null;
}

/** A connection that gets no answer for this long counts its post as failed, ms. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Posts all jobs over `connections` connections, one in flight on each; `startAt(i)` paces an open loop (ms of `performance.now()`). */
export async function postAll(
  target: { readonly host: string; readonly port: number },
  jobs: readonly PostJob[],
  connections: number,
  startAt: (index: number) => number = () => 0,
): Promise<PostTally> {
  const tally: PostTally = { accepted: 0, failed: 0, problem: null };
  let next = 0;
  const take = (): number => next++;
  await Promise.all(Array.from({ length: connections }, () => run(target, jobs, take, startAt, tally)));
  return tally;
}

async function run(
  target: { readonly host: string; readonly port: number },
  jobs: readonly PostJob[],
  take: () => number,
  startAt: (index: number) => number,
  tally: PostTally,
): Promise<void> {
  let line: Line | null = null;
  for (;;) {
    const index = take();
    const job = jobs[index];
    if (job === undefined) break;
    const wait = startAt(index) - performance.now();
    if (wait > 0) await new Promise((go) => setTimeout(go, wait));
    line ??= new Line(target.host, target.port);
    const answer = await line.exchange(requestOf(target, job));
    if (answer.startsWith('HTTP/1.1 200')) tally.accepted++;
    else {
      tally.failed++;
      tally.problem ??= answer.slice(0, 400);
      line.end();
      line = null;
    }
  }
  line?.end();
}

function requestOf(target: { readonly host: string; readonly port: number }, job: PostJob): string {
  const body = JSON.stringify({ status: job.text });
  return (
    `POST /api/v1/statuses HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nAuthorization: Bearer ${job.token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** One connection, one request at a time; an answer must carry a Content-Length, as ours do. */
class Line {
  readonly #socket: Socket;
  #held = '';
  #done: ((answer: string) => void) | null = null;

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.setTimeout(ANSWER_TIMEOUT_MS, () => this.#socket.destroy());
    this.#socket.on('data', (chunk: string) => {
      this.#held += chunk;
      this.#check();
    });
    this.#socket.on('error', (error) => this.#finish(`error ${error.message}`));
    this.#socket.on('close', () => this.#finish('closed'));
  }

  exchange(request: string): Promise<string> {
    return new Promise((resolve) => {
      this.#done = resolve;
      if (this.#socket.destroyed) this.#finish('closed');
      else this.#socket.write(request);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #check(): void {
    const head = this.#held.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#held.slice(0, head))?.[1];
    const end = head + 4 + Number(length ?? 0);
    if (this.#held.length < end) return;
    const answer = this.#held.slice(0, end);
    this.#held = this.#held.slice(end);
    this.#finish(answer);
  }

  #finish(answer: string): void {
    const done = this.#done;
    this.#done = null;
    done?.(answer);
  }
}
