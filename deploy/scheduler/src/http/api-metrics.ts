import type { Metrics } from '@murmur/service';
import type { RequestHandler, Response } from 'express';

export interface ApiMetrics {
  /** `seconds` null: a stream, which ends when its reader wants. */
  request(route: string, status: number, seconds: number | null): void;
  authFailed(): void;
  watchStreams(count: () => number): void;
}

export function apiMetrics(metrics: Metrics): ApiMetrics {
  const requests = metrics.counter('murmur_scheduler_api_requests_total', 'Requests by route and status.', [
    'route',
    'status',
  ]);
  const seconds = metrics.histogram(
    'murmur_scheduler_api_seconds',
    'Time from a request to the end of its answer.',
    ['route'],
  );
  const failures = metrics.counter('murmur_scheduler_auth_failures_total', 'Wrong credentials.');
  return {
    request: (route, status, took) => {
      requests.inc({ route, status: String(status) });
      if (took !== null) seconds.observe({ route }, took);
    },
    authFailed: () => failures.inc(),
    watchStreams: (count) => {
      const gauge = metrics.gauge('murmur_scheduler_event_streams', 'Open streams of events.', [], () => {
        gauge.set(count());
      });
    },
  };
}

export function countRequests(metrics: ApiMetrics): RequestHandler {
  return (req, res, next) => {
    const begun = performance.now();
    res.once('close', () => {
      // The pattern, not the path: a path has keys in it, and there must not be a series for each.
      const seconds = isStream(res) ? null : (performance.now() - begun) / 1000;
      metrics.request(patternOf(req.route), res.statusCode, seconds);
    });
    next();
  };
}

function patternOf(route: unknown): string {
  if (typeof route !== 'object' || route === null || !('path' in route)) return 'none';
  return typeof route.path === 'string' ? route.path : 'none';
}

function isStream(res: Response): boolean {
  return String(res.getHeader('content-type')).startsWith('text/event-stream');
}
