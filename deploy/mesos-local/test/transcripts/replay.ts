import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { waitFor } from '@murmur/testkit';
import { eventOf, nameOf, type Event, type Exchange } from './recording.js';
import { renamed } from './shape.js';

const PATIENCE_MS = 60_000;

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** The recorded scheduler, brought to life against other servers: it knows what everything of the recording is called here. */
export class Replay {
  readonly #master: string;
  readonly #agent: string;
  /** Recorded name → ours. */
  readonly names = new Map<string, string>();
  /** Events of each subscription, by its number. */
  readonly heard: Event[][] = [];
  readonly #streams: IncomingMessage[] = [];
  /** Recorded events that were not yet recognised among ours, with the subscription to look in. */
  #open: { readonly event: Event; readonly from: number }[] = [];
  readonly #used = new Set<Event>();
  readonly #rewrite: (text: string) => string;

  constructor(master: string, agent: string, rewrite: (text: string) => string) {
    this.#master = master;
    this.#agent = agent;
    this.#rewrite = rewrite;
  }

  /** Ids of the recording become ours, longest names first: `S0` of an agent contains the id of its master. */
  translate(text: string): string {
    const names = [...this.names].sort(([a], [b]) => b.length - a.length);
    return names.reduce((done, [recorded, ours]) => done.replaceAll(recorded, ours), this.#rewrite(text));
  }

  /** A recorded event: its like is waited for before the next request. */
  expect(bytes: string, from: number): void {
    this.#open.push({ event: eventOf(bytes), from });
  }

  /** Waits until each expected event that `needs` names has its like here; all of them without `needs`. Throws with what was heard. */
  async settle(needs: (recorded: Event) => boolean = () => true): Promise<void> {
    for (const open of this.#open.filter(({ event }) => needs(event))) {
      const name = nameOf(open.event);
      const ours = await waitFor(
        () => this.heard[open.from]?.find((event) => !this.#used.has(event) && nameOf(event) === name),
        {
          what: `${name} in subscription ${open.from}`,
          timeoutMs: PATIENCE_MS,
        },
      ).catch((error: unknown) => {
        const heard = this.heard.map((all) => all.map(nameOf).join(', ')).join(' | ');
        throw new Error(
          `${(error as Error).message}; heard: ${heard}; last: ${JSON.stringify(this.heard.at(-1)?.at(-1))}`,
        );
      });
      this.#used.add(ours);
      renamed(open.event, ours, this.names);
      this.#matched.push([open.event, ours]);
      this.#open = this.#open.filter((other) => other !== open);
    }
  }

  readonly #matched: [Event, Event][] = [];

  /** Recorded events and their likes. */
  matched(): readonly (readonly [Event, Event])[] {
    return this.#matched;
  }

  async exchange({ request }: Pick<Exchange, 'request'>): Promise<Answer> {
    // What a master says of itself it may say before it answers: that may be news of this very request.
    await this.settle((event) => event.update?.status.source !== 'SOURCE_MASTER');
    const { 'x-recorded-from': from, ...headers } = request.headers;
    const body = request.body === undefined ? undefined : this.translate(request.body);
    const path = decodeURIComponent(request.path) === request.path ? request.path : this.#path(request.path);
    const answer = await this.#send(from === 'agent' ? this.#agent : this.#master, {
      method: request.method,
      path,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, this.translate(value)]),
      ),
      ...(body === undefined ? {} : { body }),
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
  }

  #path(path: string): string {
    const [before = '', query = ''] = path.split('?');
    const parameters = [...new URLSearchParams(query)].map(
      ([name, value]) => `${name}=${encodeURIComponent(this.translate(value))}`,
    );
    return `${before}?${parameters.join('&')}`;
  }

  /** Opens a stream and listens to it from then on; gives its head. */
  async subscribe(recorded: Exchange['request'], streamId: string): Promise<Answer> {
    const stream = await this.#send(this.#master, {
      ...recorded,
      body: this.translate(recorded.body ?? ''),
    });
    const events: Event[] = [];
    this.heard.push(events);
    this.#streams.push(stream);
    stream.setEncoding('utf8');
    let rest = '';
    stream.on('data', (chunk: string) => {
      rest += chunk;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const length = Number(rest.slice(0, end));
        if (rest.length < end + 1 + length) break;
        events.push(JSON.parse(rest.slice(end + 1, end + 1 + length)) as Event);
        rest = rest.slice(end + 1 + length);
      }
    });
    const ours = stream.headers['mesos-stream-id'];
    if (typeof ours === 'string' && streamId !== '') this.names.set(streamId, ours);
    return { status: stream.statusCode ?? 0, headers: stream.headers, body: '' };
  }

  /** Resolves when the master has ended that subscription's stream. */
  async ended(subscription: number): Promise<void> {
    const stream = this.#streams[subscription];
    if (stream === undefined || stream.readableEnded || stream.destroyed) return;
    await once(stream, 'close');
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async #send(origin: string, request: Exchange['request']): Promise<IncomingMessage> {
    const sent = httpRequest(new URL(request.path, origin), {
      method: request.method,
      headers: { ...request.headers },
    });
    sent.end(request.body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  }
}
