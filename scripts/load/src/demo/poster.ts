/** Posts at a given rate, whatever the answers: an open loop, as the crowd outside is. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldOf, IMPATIENT_MS, type Api } from './api.js';
import { authorDeck, gapMs } from './schedule-core.js';
import type { Person } from './setup.js';
import { uniqueText } from './texts-core.js';

export interface PosterHooks {
  readonly onAccepted: (id: string, author: number, sentAtMs: number) => void;
  readonly onFailed: (reason: string) => void;
}

export interface PosterOptions {
  readonly api: Api;
  readonly people: readonly Person[];
  readonly texts: readonly string[];
  readonly run: string;
  readonly rate: number;
  readonly seconds: number;
  readonly hooks: PosterHooks;
}

/** Requests under way; a post that would be above is not sent, and counted as failed. */
const IN_FLIGHT_MAX = 1_000;

/** Resolves when the last post has its answer. Times are those of `performance.now()`. */
export async function postAll(options: PosterOptions): Promise<void> {
  const { people, rate, seconds, hooks } = options;
  const nextAuthor = authorDeck(people.length, Math.random);
  const underWay = new Set<Promise<void>>();
  const startMs = performance.now();
  let number = 0;
  for (let at = gapMs(rate, Math.random); at < seconds * 1_000; at += gapMs(rate, Math.random)) {
    const wait = startMs + at - performance.now();
    if (wait > 0) await sleep(wait);
    if (underWay.size >= IN_FLIGHT_MAX) {
      hooks.onFailed(`not sent: ${IN_FLIGHT_MAX} posts were under way`);
      continue;
    }
    const sending = post(options, nextAuthor(), (number += 1)).finally(() => underWay.delete(sending));
    underWay.add(sending);
  }
  await Promise.all(underWay);
}

async function post(options: PosterOptions, author: number, number: number): Promise<void> {
  const { api, people, texts, run, hooks } = options;
  const sentAtMs = performance.now();
  const result = await api.call('POST', '/api/v1/statuses', {
    token: people[author]?.token ?? '',
    idempotencyKey: randomUUID(),
    patienceMs: IMPATIENT_MS,
    body: { status: uniqueText(texts, `${run}n${number}`, Math.random) },
  });
  if (result.kind === 'ok') hooks.onAccepted(fieldOf(result.body, 'id'), author, sentAtMs);
  else hooks.onFailed(`post: ${result.reason}`);
}
