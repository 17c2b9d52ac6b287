/** What is pushed: rendered once, however many read it. */
import { formatCursor, statusEntity, type Account, type Id, type Origin, type Status } from '@murmur/model';
import { afterLive, overlapFloor, type History } from './history-core.js';
import { fill, plainEvent, templateFor, type Template, type Wire } from './wire-core.js';

/** A reader's next history, and the event that carries it. */
export interface Rendered {
  readonly history: History;
  readonly bytes: (wire: Wire) => Buffer;
}

/**
 * A new status. `forLive` gives the same object, and the same bytes, to every reader whose recent history is the same:
 * in the usual case (nothing in the last seconds) to all of them.
 */
export class UpdateItem {
  readonly kind = 'update';
  readonly id: Id;
  readonly #status: Status;
  readonly #author: Account;
  readonly #origin: Origin;
  readonly #templates: Partial<Record<Wire, Template>> = {};
  #payload: string | null = null;
  #usual: Rendered | null = null;
  /** By history, then by what comes out: two histories may lead to one. */
  readonly #byHistory = new Map<History, Rendered>();
  readonly #byCursor = new Map<string, Rendered>();

  constructor(status: Status, author: Account, origin: Origin) {
    this.id = status.id;
    this.#status = status;
    this.#author = author;
    this.#origin = origin;
  }

  forLive(history: History, held: boolean): Rendered {
    const { floor, seen } = history;
    const overlap = overlapFloor(this.id);
    if (!held && floor <= overlap && (seen[0] ?? 0n) <= overlap)
      return (this.#usual ??= this.rendered({ floor: overlap, seen: [this.id] }));
    if (held) return this.rendered(afterLive(history, this.id, true));
    let known = this.#byHistory.get(history);
    if (known === undefined) {
      known = this.#shared(afterLive(history, this.id, false));
      this.#byHistory.set(history, known);
    }
    return known;
  }

  /** The event with just this history as its cursor, shared with nobody. */
  rendered(history: History, cursor = formatCursor(history)): Rendered {
    const bytes: Partial<Record<Wire, Buffer>> = {};
    return { history, bytes: (wire) => (bytes[wire] ??= fill(wire, this.#template(wire), cursor)) };
  }

  #shared(history: History): Rendered {
    const cursor = formatCursor(history);
    let known = this.#byCursor.get(cursor);
    if (known === undefined) {
      known = this.rendered(history, cursor);
      this.#byCursor.set(cursor, known);
    }
    return known;
  }

  #template(wire: Wire): Template {
    this.#payload ??= JSON.stringify(statusEntity(this.#status, this.#author, this.#origin));
    return (this.#templates[wire] ??= templateFor(wire, 'update', this.#payload));
  }
}

/** A status that is gone: the payload is its bare id. It carries no cursor. */
export class DeleteItem {
  readonly kind = 'delete';
  readonly id: Id;
  readonly #bytes: Partial<Record<Wire, Buffer>> = {};

  constructor(id: Id) {
    this.id = id;
  }

  bytes(wire: Wire): Buffer {
    return (this.#bytes[wire] ??= plainEvent(wire, 'delete', String(this.id)));
  }
}

export type Item = UpdateItem | DeleteItem;

/** The event that says that statuses between `after` and `before` were missed and cannot be sent. */
export function renderGap(wire: Wire, after: Id, before: Id, history: History): Buffer {
  const payload = JSON.stringify({ after: String(after), before: String(before) });
  return fill(wire, templateFor(wire, 'gap', payload), formatCursor(history));
}
