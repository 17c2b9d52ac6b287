import { DecodeError, Resource, decode, type Attribute } from '@murmur/engine';
import type { Bundle } from './bundle-core.js';
import { isDynamic, isPersistent } from './reservation-core.js';
import { validateResource } from './validate-core.js';
import { ValueError, parseValue } from './value-core.js';
import { bundleOf } from './wire-core.js';

/** Characters of `--resources` or `--attributes`; longer ones are refused. */
export const FLAG_CHARACTERS_MAX = 1024 * 1024;

/**
 * `--resources` of an agent: `cpus:4;mem:8192;disk:10000;ports:[31000-32000];disk(prod):500;bugs:{a,b}` (`(role)` = reserved
 * statically; `bugs{a,b}` goes too), or a JSON array of Resource messages. What names no role is for `defaultRole`. mem and disk
 * in megabytes. Throws ValueError, which names the part that is wrong.
 */
export function parseResources(text: string, defaultRole = '*'): Bundle {
  if (text.length > FLAG_CHARACTERS_MAX) throw tooLong('resources', text);
  const resources = text.trimStart().startsWith('[')
    ? fromJson(text, defaultRole)
    : parts(text).map((part) => parseResource(part, defaultRole));
  const types = new Map<string, string>();
  for (const resource of resources) {
    checkFlagResource(resource);
    const type = types.get(resource.name) ?? resource.type;
    types.set(resource.name, type);
    if (type === resource.type) continue;
    throw new ValueError(
      `Resources with the same name ('${resource.name}') but different types are not allowed`,
    );
  }
  return bundleOf(resources);
}

function parts(text: string): readonly string[] {
  return text.split(/[;\n]/).filter((part) => part.trim() !== '');
}

function parseResource(part: string, defaultRole: string): Resource {
  const match = /^([^:({]*)(?:\(([^()]*)\))?\s*(?::|(?=\{))([^:]*)$/.exec(part);
  if (match === null) {
    throw new ValueError(
      `Bad value for resources in '${part}': expecting name:value or name(role):value, like cpus:4 or disk(prod):500`,
    );
  }
  const [, name = '', role, value = ''] = match;
  const resource = {
    name: name.trim(),
    ...roleFields(role?.trim() ?? defaultRole),
  };
  const parsed = inPart(part, () => parseValue(value));
  switch (parsed.type) {
    case 'SCALAR':
      return { ...resource, type: 'SCALAR', scalar: { value: parsed.value } };
    case 'RANGES':
      return { ...resource, type: 'RANGES', ranges: { range: parsed.ranges } };
    case 'SET':
      return { ...resource, type: 'SET', set: { item: parsed.items } };
    case 'TEXT':
      throw new ValueError(
        `Bad value for resources in '${part}': '${parsed.text}' is neither a number (not negative), nor [ranges], nor a {set}`,
      );
  }
}

function roleFields(role: string): Partial<Resource> {
  return role === '*' ? {} : { role };
}

function fromJson(text: string, defaultRole: string): readonly Resource[] {
  const array: unknown = inPart('JSON', () => JSON.parse(text) as unknown);
  if (!Array.isArray(array)) throw new ValueError('Bad value for resources: expecting a JSON array');
  return array.map((entry: unknown, i) => {
    const resource = inPart(`[${String(i)}]`, () => decode(Resource, entry));
    const named = resource.role !== undefined || (resource.reservations ?? []).length > 0;
    return named ? resource : { ...resource, ...roleFields(defaultRole) };
  });
}

/** What only a message may say: volumes, revocable resources, dynamic reservations. */
function checkFlagResource(resource: Resource): void {
  const error = validateResource(resource);
  if (error !== null) throw new ValueError(`Bad value for resources, '${resource.name}': ${error}`);
  if (isPersistent(resource)) {
    throw new ValueError(`Persistent volumes cannot be specified at the command line ('${resource.name}')`);
  }
  if (resource.revocable !== undefined) {
    throw new ValueError(`Revocable resources cannot be specified at the command line ('${resource.name}')`);
  }
  if (isDynamic(resource)) {
    throw new ValueError(`Dynamic reservations cannot be specified at the command line ('${resource.name}')`);
  }
}

/**
 * `--attributes` of an agent: `rack:abc;zone:west;level:10;keys:[1-5]`. A number becomes a SCALAR, `[a-b]` RANGES, all else
 * TEXT. Throws ValueError, which names the part that is wrong.
 */
export function parseAttributes(text: string): readonly Attribute[] {
  if (text.length > FLAG_CHARACTERS_MAX) throw tooLong('attributes', text);
  return parts(text).map(parseAttribute);
}

function parseAttribute(part: string): Attribute {
  const colon = part.indexOf(':');
  const name = part.slice(0, Math.max(colon, 0)).trim();
  if (name === '' || colon === part.length - 1) {
    throw new ValueError(`Invalid attribute '${part}': expecting name:value, like rack:a1`);
  }
  const value = inPart(part, () => parseValue(part.slice(colon + 1)));
  switch (value.type) {
    case 'SCALAR':
      return { name, type: 'SCALAR', scalar: { value: value.value } };
    case 'RANGES':
      return { name, type: 'RANGES', ranges: { range: value.ranges } };
    case 'TEXT':
      return { name, type: 'TEXT', text: { value: value.text } };
    case 'SET':
      throw new ValueError(
        `Invalid attribute '${part}': sets are not allowed, only numbers, [ranges] and text`,
      );
  }
}

function inPart<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError || error instanceof DecodeError || error instanceof SyntaxError) {
      throw new ValueError(`Bad value in '${part}': ${error.message}`);
    }
    throw error;
  }
}

function tooLong(flag: string, text: string): ValueError {
  return new ValueError(
    `--${flag} has ${String(text.length)} characters, at most ${String(FLAG_CHARACTERS_MAX)} are allowed`,
  );
}
