/**
 * What clients ask for and Murmur does not have. An empty answer keeps their panels clean, where a 404
 * shows an error; what is not listed is 404.
 */
import { Router } from 'express';

/** Below `/api`; `[]` for all of them, whoever asks. */
export const EMPTY_LISTS = [
  '/v1/announcements',
  '/v1/custom_emojis',
  '/v1/lists',
  '/v1/filters',
  '/v2/filters',
  '/v1/followed_tags',
  '/v1/featured_tags',
  '/v1/follow_requests',
  '/v1/mutes',
  '/v1/blocks',
  '/v1/domain_blocks',
  '/v1/bookmarks',
  '/v1/favourites',
  '/v1/conversations',
  '/v1/notifications',
  '/v1/trends',
  '/v1/trends/tags',
  '/v1/trends/statuses',
  '/v1/trends/links',
  '/v1/suggestions',
  '/v2/suggestions',
  '/v1/scheduled_statuses',
  '/v1/endorsements',
  '/v1/accounts/:id/featured_tags',
] as const;

/** `{}` for these. */
export const EMPTY_OBJECTS = ['/v1/markers', '/v1/notifications/policy', '/v2/notifications/policy'] as const;

export function stubRoutes(): Router {
  const routes = Router();
  routes.get([...EMPTY_LISTS], (_req, res) => {
    res.json([]);
  });
  routes.get([...EMPTY_OBJECTS], (_req, res) => {
    res.json({});
  });
  return routes;
}
