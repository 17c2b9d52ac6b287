import { ANNOUNCE_WAIT_MS, removeOwn } from './announcement.js';
import { firstCandidate, nextContenderState, readCandidate, type ContenderEvent } from './election-core.js';
import type { ContenderState } from './election-core.js';
import { unless, type Hub, type Stoppable } from './hub.js';
import { silentAt } from './lease-core.js';
import { makeReconciler, type Reconciler } from './reconciler.js';
import { wakeOrFail } from './watch.js';
import type { Contender, DiscoveryLog } from './types.js';

interface Node {
  readonly name: string;
  readonly session: number;
}

/** Takes part in the election at `path` with an ephemeral sequential child `<label>_<number>`, until it has led and lost, or resigned. */
export function contend(
  hub: Hub,
  path: string,
  entry: { readonly label: string; readonly text: string },
  log: DiscoveryLog,
  onOver: () => void,
): Stoppable<Contender> {
  return new Contending(hub, path, entry, log, onOver).contender();
}

class Contending {
  readonly #hub: Hub;
  readonly #path: string;
  readonly #entry: { readonly label: string; readonly text: string };
  readonly #log: DiscoveryLog;
  readonly #onOver: () => void;
  readonly #listeners = new Set<(state: ContenderState) => void>();
  readonly #waiting = new Set<() => void>();
  readonly #reconciler: Reconciler;
  readonly #forget: () => void;
  #state: ContenderState = 'contending';
  #node: Node | null = null;
  /** The session in which a create was begun whose answer is not known. */
  #unsure: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    hub: Hub,
    path: string,
    entry: { readonly label: string; readonly text: string },
    log: DiscoveryLog,
    onOver: () => void,
  ) {
    this.#hub = hub;
    this.#path = path;
    this.#entry = entry;
    this.#log = log;
    this.#onOver = onOver;
    this.#reconciler = makeReconciler(
      `elect ${path}`,
      () => hub.connected(),
      () => this.#work(),
      log,
    );
    this.#forget = hub.onConnected(this.#poke);
    this.#poke();
  }

  /** One function for all watchers: the client knows a watcher by identity. */
  readonly #poke = (): void => this.#reconciler.poke();

  contender(): Stoppable<Contender> {
    return {
      state: () => this.#state,
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      resign: async () => {
        if (this.#state === 'lost' || this.#state === 'resigned') return;
        this.#happen('resign');
        const done = wakeOrFail(this.#waiting, ANNOUNCE_WAIT_MS, 'not resigned').catch(() => undefined);
        this.#poke();
        await done;
        this.#stop();
      },
      stop: () => this.#stop(),
    };
  }

  async #work(): Promise<void> {
    const { session } = this.#hub.view();
    if (this.#state === 'lost') return;
    if (this.#unsure === session) await removeOwn(this.#hub, this.#path, this.#entry.text, isCandidate);
    this.#unsure = null;
    if (this.#state === 'resigned') {
      const node = this.#node;
      if (node?.session === session)
        await unless('no-node', this.#hub.zk().remove(`${this.#path}/${node.name}`), undefined);
      for (const wake of [...this.#waiting]) wake();
      return;
    }
    if (this.#node !== null && this.#node.session !== session) this.#gone();
    if (this.#stillIn() && this.#node === null) await this.#create(session);
    await this.#look();
  }

  async #create(session: number): Promise<void> {
    await this.#hub.zk().makeParents(this.#path);
    this.#unsure = session;
    const made = await this.#hub
      .zk()
      .createEphemeral(`${this.#path}/${this.#entry.label}_`, this.#entry.text, true);
    this.#unsure = null;
    this.#node = { name: made.slice(made.lastIndexOf('/') + 1), session };
  }

  async #look(): Promise<void> {
    if (!this.#stillIn() || this.#node === null) return;
    const names = await this.#hub.zk().children(this.#path, this.#poke);
    if (!names.includes(this.#node.name)) {
      this.#gone();
      this.#poke();
    } else {
      this.#happen(firstCandidate(names)?.name === this.#node.name ? 'first' : 'behind');
    }
  }

  #gone(): void {
    this.#node = null;
    this.#happen('absent');
  }

  #stillIn(): boolean {
    return this.#state !== 'lost' && this.#state !== 'resigned';
  }

  /** While leading, looks whether ZooKeeper may have given the node away without our hearing of it. */
  readonly #listenForSilence = (): void => {
    clearTimeout(this.#timer);
    if (this.#state !== 'leader') return;
    const view = this.#hub.view();
    const leftMs = silentAt(view) - Date.now();
    if (leftMs <= 0 || view.session !== this.#node?.session) this.#happen('silent');
    else this.#timer = setTimeout(this.#listenForSilence, leftMs);
  };

  #happen(event: ContenderEvent): void {
    const before = this.#state;
    this.#state = nextContenderState(before, event);
    if (this.#state === before) return;
    this.#log.info(
      { path: this.#path, state: this.#state, node: this.#node?.name },
      'election: state changed',
    );
    this.#listenForSilence();
    if (this.#state === 'lost') this.#stop();
    for (const listener of [...this.#listeners]) listener(this.#state);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#forget();
    this.#reconciler.stop();
    this.#onOver();
  }
}

function isCandidate(name: string): boolean {
  return readCandidate(name) !== null;
}
