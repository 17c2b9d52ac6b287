import type { IncomingMessage } from 'node:http';
import {
  SchedulerCall,
  SchedulerEvent,
  createRecordDecoder,
  decodeText,
  encode,
  type Offer,
  type TaskStatus,
} from '@murmur/engine';
import { createPoster, type Address, type Poster } from './http.js';

const PATH = '/api/v1/scheduler';
/** Longest wait for anything, ms: what has not happened by then does not happen. */
const WAIT_MS = 120_000;

/** A framework as plain as can be, over Mesos's v1 HTTP API: it collects what comes and acknowledges updates. */
export class BenchFramework {
  readonly #poster: Poster;
  readonly #stream: IncomingMessage;
  readonly #streamId: string;
  readonly #waiting = new Set<() => void>();
  frameworkId = '';
  /** Not yet answered. */
  readonly offers = new Map<string, Offer>();
  /** Since the subscription. */
  offersSeen = 0;
  acknowledged = 0;
  onUpdate: (status: TaskStatus) => void = () => undefined;
  failure: Error | null = null;
  /** Bodies of the calls made while it is not null. */
  recorded: string[] | null = null;

  private constructor(poster: Poster, stream: IncomingMessage) {
    this.#poster = poster;
    this.#stream = stream;
    this.#streamId = String(stream.headers['mesos-stream-id']);
  }

  static async subscribe(master: Address): Promise<BenchFramework> {
    const poster = createPoster(master);
    const capabilities = [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }] as const;
    const framework_info = { user: 'root', name: 'bench', roles: ['bench'], capabilities };
    const body = encode(SchedulerCall, { type: 'SUBSCRIBE', subscribe: { framework_info } });
    const stream = await poster.open(PATH, body);
    if (stream.statusCode !== 200) throw new Error(`SUBSCRIBE answered ${stream.statusCode ?? 0}`);
    const framework = new BenchFramework(poster, stream);
    void framework.#listen();
    if (!(await framework.until(() => framework.frameworkId !== ''))) throw new Error('no SUBSCRIBED came');
    return framework;
  }

  /** True as soon as it is so, false when it is not within two minutes; rejects when the stream or a call failed. */
  until(isSo: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (result: boolean): void => {
        clearTimeout(late);
        this.#waiting.delete(look);
        if (this.failure === null) resolve(result);
        else reject(this.failure);
      };
      const late = setTimeout(() => {
        end(false);
      }, WAIT_MS);
      const look = (): void => {
        if (this.failure !== null || isSo()) end(true);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** One call; resolves once it was accepted. */
  async call(body: string): Promise<void> {
    this.recorded?.push(body);
    await this.#poster.post(PATH, body, { 'mesos-stream-id': this.#streamId }, 202);
  }

  /** A call without anything but its type and what `more` adds. */
  async say(call: Omit<SchedulerCall, 'framework_id'>): Promise<void> {
    await this.call(encode(SchedulerCall, { ...call, framework_id: { value: this.frameworkId } }));
  }

  close(): void {
    this.failure ??= new Error('closed');
    this.#stream.destroy();
    this.#poster.close();
  }

  async #listen(): Promise<void> {
    const decoder = createRecordDecoder();
    try {
      for await (const chunk of this.#stream as AsyncIterable<Buffer>) {
        for (const record of decoder.push(chunk)) {
          this.#take(decodeText(SchedulerEvent, record.toString('utf8')));
        }
        this.#look();
      }
      this.#fail(new Error('the stream of events ended'));
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(event: SchedulerEvent): void {
    if (event.type === 'SUBSCRIBED') this.frameworkId = event.subscribed?.framework_id.value ?? '';
    else if (event.type === 'OFFERS') {
      for (const offer of event.offers?.offers ?? []) {
        this.offers.set(offer.id.value, offer);
        this.offersSeen += 1;
      }
    } else if (event.type === 'RESCIND') this.offers.delete(event.rescind?.offer_id.value ?? '');
    else if (event.type === 'UPDATE' && event.update !== undefined) {
      this.onUpdate(event.update.status);
      this.#acknowledge(event.update.status);
    } else if (event.type === 'ERROR') this.#fail(new Error(event.error?.message ?? 'ERROR'));
  }

  #acknowledge({ agent_id, task_id, uuid }: TaskStatus): void {
    if (uuid === undefined || agent_id === undefined) return;
    this.say({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } }).then(
      () => {
        this.acknowledged += 1;
        this.#look();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}
