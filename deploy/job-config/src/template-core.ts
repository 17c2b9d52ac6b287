/**
 * Mustache refs, as far as JSON needs them: finding those that are left in a text and telling run-time refs from the rest.
 * Binding `{{role}}` and its like is the loader's work, before there is JSON. Grammar: `{{name.field[key]}}`; `{{&x}}` is no ref
 * but stands for the text `{{x}}`.
 */

const REF = /\{\{(&?)([^{}]+)\}\}/g;
const PORT_REF = /^thermos\.ports\[([\w\-./]+)\]$/;
const RUN_TIME: ReadonlySet<string> = new Set(['mesos.instance', 'mesos.hostname', 'thermos.task_id']);

/** What may be left in a job's texts for the agent to resolve. */
export const RUN_TIME_REFS_EXPECTED =
  'a run-time ref (mesos.instance, mesos.hostname, thermos.task_id, thermos.ports[name]), and refs do not nest';

/** The addresses of the innermost refs of a text, in order, repeated as they are. */
export function refs(text: string): readonly string[] {
  return [...text.matchAll(REF)].flatMap(([, escape, address]) =>
    escape === '' && address !== undefined ? [address] : [],
  );
}

/** The port's name in `thermos.ports[name]`, or undefined for any other address. */
export function portOf(address: string): string | undefined {
  return PORT_REF.exec(address)?.[1];
}

export function isRunTimeRef(address: string): boolean {
  return RUN_TIME.has(address) || portOf(address) !== undefined;
}

/**
 * The first ref that nobody will resolve, in braces: one that is not a run-time ref, or one built around another
 * (`{{thermos.ports[p{{mesos.instance}}]}}`). Undefined when there is none.
 */
export function unresolvable(text: string): string | undefined {
  const stranger = refs(text).find((address) => !isRunTimeRef(address));
  if (stranger !== undefined) return `{{${stranger}}}`;
  // With the run-time refs filled in, whatever is a ref now was built around one of them.
  const nested = refs(text.replace(REF, (match, escape) => (escape === '' ? 'x' : match)))[0];
  return nested === undefined ? undefined : `{{${nested}}}`;
}

/** Every text in a JSON value with its path. Depth is the schema's, which is finite. */
export function* texts(value: unknown, path: string): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) yield* texts(entry, `${path}[${index}]`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value))
      yield* texts(entry, path === '' ? key : `${path}.${key}`);
  }
}
