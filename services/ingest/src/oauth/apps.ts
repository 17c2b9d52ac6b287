import { credentialApplicationEntity } from '@murmur/model';
import { asyncRoute, requestFields } from '@murmur/public-api';
import type { Router } from 'express';
import { receivedAtMs } from '../received.js';
import { newSecret } from '../secrets.js';
import type { Tools } from '../tools.js';
import { readAppRequest } from './app-core.js';

export function appRoutes(router: Router, tools: Tools): void {
  router.post(
    '/api/v1/apps',
    asyncRoute(async (req, res) => {
      const request = readAppRequest(requestFields(req));
      const id = await tools.ids.next();
      const clientId = newSecret().text;
      const secret = newSecret();
      const app = {
        ...request,
        id,
        clientId,
        clientSecretSha256: secret.sha256,
        createdAtMs: receivedAtMs(req),
      };
      await tools.store.createApp(app);
      res.json(credentialApplicationEntity(app, secret.text));
    }),
  );
}
