/** Values of flags that have a syntax of their own. All throw an Error that names value and allowed form. */
import type { WeightInfo } from '@murmur/engine';
import { validateRole } from '../resources/index.js';

/** `prod=2.5,dev=1` */
export function readWeights(text: string): WeightInfo[] {
  if (text.trim() === '') return [];
  return text.split(',').map((pair) => {
    const [role = '', amount = ''] = pair.split('=').map((part) => part.trim());
    const weight = Number(amount);
    if (validateRole(role) !== null || !/^\d+(\.\d+)?$/.test(amount) || weight <= 0)
      throw new Error(`"${pair}" is not allowed; allowed is role=weight with a weight above 0`);
    return { role, weight };
  });
}

/** `cpus:0.01|mem:32`: a bundle must reach one of them. */
export function readMinAllocatable(text: string): { readonly name: string; readonly value: number }[] {
  return text.split('|').map((pair) => {
    const match = /^\s*([a-z_]+):(\d+(?:\.\d+)?)\s*$/.exec(pair);
    if (match === null)
      throw new Error(`"${pair}" is not allowed; allowed is name:number, such as cpus:0.01`);
    return { name: match[1] ?? '', value: Number(match[2]) };
  });
}

/** Mesos's two forms of a credentials file. Secrets never show up in errors. */
export function readCredentials(text: string): { readonly principal: string; readonly secret: string }[] {
  if (text.trimStart().startsWith('{')) return jsonCredentials(text);
  return text
    .split('\n')
    .map((line) => line.trim())
    .flatMap((line, i) => {
      if (line === '') return [];
      const [principal = '', secret = '', ...more] = line.split(/\s+/);
      if (secret === '' || more.length > 0)
        throw new Error(
          `line ${i + 1} is not allowed; allowed is a principal and a secret with a space between`,
        );
      return [{ principal, secret }];
    });
}

function jsonCredentials(text: string): { readonly principal: string; readonly secret: string }[] {
  const form = '{"credentials":[{"principal":"p","secret":"s"}]}';
  let json: unknown;
  try {
    json = JSON.parse(text) as unknown;
  } catch {
    throw new Error(`the file is no JSON; allowed is ${form}`);
  }
  const list = (json as { credentials?: unknown } | null)?.credentials;
  if (!Array.isArray(list)) throw new Error(`"credentials" is no list; allowed is ${form}`);
  return list.map((entry: unknown, i) => {
    const { principal, secret } = (entry ?? {}) as { principal?: unknown; secret?: unknown };
    if (typeof principal !== 'string' || principal === '' || typeof secret !== 'string')
      throw new Error(`credentials[${i}] is not allowed; allowed is ${form}`);
    return { principal, secret };
  });
}
