import { Router, type RequestHandler } from 'express';
import { MISSING_AVATAR, MISSING_HEADER } from '../png.js';

/** They never change. */
const CACHE_CONTROL = 'public, max-age=86400';

const image =
  (png: Buffer): RequestHandler =>
  (_req, res) => {
    res.type('image/png').set('Cache-Control', CACHE_CONTROL).send(png);
  };

export function imageRoutes(): Router {
  const routes = Router();
  routes.get('/avatars/original/missing.png', image(MISSING_AVATAR));
  routes.get('/headers/original/missing.png', image(MISSING_HEADER));
  return routes;
}
