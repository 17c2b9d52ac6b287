/**
 * The last of Aurora's templates: what only the agent knows. Innermost braces first, again and again, so a ref may be made of
 * refs (`{{thermos.ports[web{{mesos.instance}}]}}`); `{{&x}}` stands for the text `{{x}}`.
 */

/** More passes than any sane text needs; a text that still changes then grows for ever. */
export const PASSES_MAX = 100;
/** A text may not grow beyond this, characters: bindings that double it each pass would. */
export const TEXT_CHARS_MAX = 1024 * 1024;

const REF = /\{\{(&?)([^{}]+)\}\}/g;

/** Address -> text, as `thermos.ports[http]` -> `31000`. */
export type Bindings = ReadonlyMap<string, string>;

export interface TemplateContext {
  readonly taskId: string;
  readonly user: string;
  readonly instance: number;
  readonly hostname: string;
  /** With aliases. */
  readonly ports: ReadonlyMap<string, number>;
}

export function bindingsOf({ taskId, user, instance, hostname, ports }: TemplateContext): Bindings {
  return new Map([
    ['thermos.task_id', taskId],
    ['thermos.user', user],
    ['mesos.instance', String(instance)],
    ['mesos.hostname', hostname],
    ...[...ports].map(([name, port]) => [`thermos.ports[${name}]`, String(port)] as const),
  ]);
}

/** A text with a ref that nobody binds, or one without end. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Every text in a JSON value with its refs replaced. Throws a TemplateError that names the field and the ref. */
export function resolveTemplates<T>(value: T, bindings: Bindings, path = ''): T {
  return mapTexts(value, path, (text, at) => {
    const resolved = substitute(text, bindings, at);
    const left = [...resolved.matchAll(REF)].find(([, literal]) => literal === '');
    if (left !== undefined) {
      const known = [...bindings.keys()].map((address) => `{{${address}}}`).join(', ');
      throw new TemplateError(`${at}: ${left[0]} is bound by nobody; on the agent there are ${known}`);
    }
    return resolved.replace(REF, (_match, _literal, address: string) => `{{${address}}}`);
  }) as T;
}

/** As `resolveTemplates`, but refs without a binding, and literals, stay as they are. */
export function bindTemplates<T>(value: T, bindings: Bindings): T {
  return mapTexts(value, '', (text, at) => substitute(text, bindings, at)) as T;
}

function substitute(text: string, bindings: Bindings, at: string): string {
  let now = text;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const next = now.replace(REF, (match, literal: string, address: string) =>
      literal === '' ? (bindings.get(address) ?? match) : match,
    );
    if (next === now) return now;
    if (next.length > TEXT_CHARS_MAX)
      throw new TemplateError(`${at}: grows over ${TEXT_CHARS_MAX} characters`);
    now = next;
  }
  throw new TemplateError(`${at}: still changes after ${PASSES_MAX} passes`);
}

function mapTexts(value: unknown, path: string, change: (text: string, path: string) => string): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((entry, index) => mapTexts(entry, `${path}[${index}]`, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      mapTexts(entry, path === '' ? key : `${path}.${key}`, change),
    ]),
  );
}
