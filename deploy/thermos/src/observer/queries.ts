import type { Request } from 'express';
import { Refusal } from './confine.js';

/** A whole number of the query. Throws a Refusal that names it, its value and what is allowed. */
export function numberOf(req: Request, name: string, fallback: number, min: number, max: number): number {
  const given = req.query[name];
  if (given === undefined) return fallback;
  const value = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : NaN;
  if (value >= min && value <= max) return value;
  throw new Refusal(
    400,
    `${name}: ${JSON.stringify(given)} is not allowed; allowed is a whole number from ${min} to ${max}`,
  );
}

export function textOf(req: Request, name: string, fallback: string): string {
  const given = req.query[name];
  if (given === undefined) return fallback;
  if (typeof given === 'string') return given;
  throw new Refusal(400, `${name}: say it once`);
}

export function oneOf<const T extends string>(
  req: Request,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const given = textOf(req, name, fallback);
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  throw new Refusal(400, `${name}: "${given}" is not allowed; allowed is one of ${allowed.join(', ')}`);
}
