/** The child: one Python that evaluates the configs it is given, one after the other, until the loader closes the pipe. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { INTERRUPT_EVERY_MS } from '../limits-core.js';
import type { FromChild, ToChild } from '../protocol-core.js';
import { receive, send } from './channel.js';
import { giveConstants, hobble } from './hobble.js';
import { boundMemory } from './memory.js';
import { startPython } from './python.js';

/** A snapshot's file begins with the SHA-256 of the rest. */
const HASH_BYTES = 32;

type Start = Extract<ToChild, { type: 'start' }>;

const kill = process.kill.bind(process);
const memory = boundMemory();
let deadline = Infinity;
let nextInterrupt = Infinity;
let killAfterMs = 0;

/** Asked often by Python while it runs. A config that goes on and on after its interrupt ends with this process. */
function interrupted(): boolean {
  const now = Date.now();
  if (now < nextInterrupt) return false;
  if (now > deadline + killAfterMs) kill(process.pid, 'SIGKILL');
  nextInterrupt = now + INTERRUPT_EVERY_MS;
  return true;
}

/** Passes a question of the prelude on to the loader. A config can write to the device too: it gets what `include` would give it. */
function ask(line: string): string {
  const question = parsed(line);
  if (question.type === 'read') send({ type: 'read', path: String(question.path) });
  else if (question.type === 'at') {
    send({ type: 'at', file: String(question.file), line: Number(question.line) });
  } else return '{}';
  const answer = receive();
  if (answer === undefined) process.exit(0);
  return JSON.stringify(answer);
}

function parsed(line: string): Partial<FromChild> {
  try {
    return JSON.parse(line) as Partial<FromChild>;
  } catch {
    return {};
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function restored(path: string): Uint8Array {
  const file = readFileSync(path);
  const bytes = file.subarray(HASH_BYTES);
  if (!sha256(bytes).equals(file.subarray(0, HASH_BYTES))) throw new Error('the snapshot is damaged');
  return bytes;
}

async function start({ prelude, boot, snapshot, build, limits }: Start): Promise<void> {
  giveConstants();
  const python = await startPython({
    prelude,
    boot,
    snapshot: snapshot === null ? null : restored(snapshot),
    forSnapshot: build !== null,
    ask,
    interrupted,
  });
  if (build !== null) {
    const bytes = python.memory();
    writeFileSync(build, Buffer.concat([sha256(bytes), bytes]), { mode: 0o600 });
    send({ type: 'ready' });
    return;
  }
  hobble();
  killAfterMs = limits.killAfterMs;
  memory.set(python.memoryBytes(), limits.memoryMaxBytes);
  send({ type: 'ready' });
  for (let message = receive(); message?.type === 'load'; message = receive()) {
    nextInterrupt = deadline = Date.now() + limits.loadTimeoutMs;
    const answer = python.evaluate(JSON.stringify(message.request));
    nextInterrupt = deadline = Infinity;
    send({ type: 'answer', answer });
  }
}

const message = receive();
if (message?.type === 'start') {
  try {
    await start(message);
  } catch (error) {
    send({ type: 'failed', message: String(error).slice(0, 1_000) });
  }
}
process.exit(0);
