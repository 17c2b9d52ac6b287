import type { Handlers } from './call.js';
import { whole } from './page.js';

export const adminHandlers: Handlers<'snapshot' | 'backup' | 'backups' | 'reconcile'> = {
  snapshot: async ({ backend }) => ({ position: await backend.snapshot() }),
  backup: async ({ backend }) => ({ ...(await backend.backup()) }),
  backups: async ({ backend }) => whole((await backend.backups()).map((backup) => ({ ...backup }))),
  reconcile: async ({ backend, body }) => ({ kind: body.kind, asked: await backend.reconcile(body.kind) }),
};
