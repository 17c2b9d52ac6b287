import type { Log } from '@murmur/service';
import type { Journal } from './journal.js';
import type { LogStorage } from './storage/port.js';

export interface KeeperOptions {
  readonly journal: Pick<Journal, 'snapshot' | 'backup'>;
  readonly storage: Pick<LogStorage, 'stats'>;
  readonly log: Log;
  readonly snapshotIntervalMs: number;
  /** A snapshot is due at once after so many entries. */
  readonly snapshotEntries: number;
  /** 0 = none. */
  readonly backupIntervalMs: number;
  /** Of the newest backup, also of one that an earlier process made; null = there is none. */
  readonly lastBackupAt: number | null;
  readonly onFailure: (error: Error) => void;
}

/** After the first start of all, ms. */
const FIRST_BACKUP_MS = 60_000;

/** Keeps the log short by snapshots, and makes backups; one at a time. */
export class Keeper {
  readonly #options: KeeperOptions;
  #snapshotAt: number | null = null;
  #backupAt: number | null = null;
  #working: Promise<void> | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  tick(now: number): void {
    const { snapshotIntervalMs, snapshotEntries, backupIntervalMs, lastBackupAt, storage } = this.#options;
    this.#snapshotAt ??= now + snapshotIntervalMs;
    // By the newest one: a process that is started anew again and again must not put it off for ever.
    this.#backupAt ??= (lastBackupAt ?? now - backupIntervalMs + FIRST_BACKUP_MS) + backupIntervalMs;
    if (this.#working !== null) return;
    const { entries } = storage.stats();
    if (entries >= snapshotEntries || (now >= this.#snapshotAt && entries > 0)) {
      this.#snapshotAt = now + snapshotIntervalMs;
      this.#begin(() => this.#snapshot());
    } else if (backupIntervalMs > 0 && now >= this.#backupAt) {
      this.#backupAt = now + backupIntervalMs;
      this.#begin(() => this.#backup());
    }
  }

  #begin(work: () => Promise<void>): void {
    this.#working = work()
      .catch((error: unknown) => {
        this.#options.onFailure(new Error('a snapshot or a backup cannot be written', { cause: error }));
      })
      .finally(() => {
        this.#working = null;
      });
  }

  async #snapshot(): Promise<void> {
    const position = await this.#options.journal.snapshot();
    this.#options.log.info({ position }, 'snapshot written');
  }

  async #backup(): Promise<void> {
    this.#options.log.info(await this.#options.journal.backup(), 'backup written');
  }

  /** Resolves when what was begun is done. */
  async settled(): Promise<void> {
    await this.#working;
  }
}
