import { didYouMean } from '@murmur/job-config';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError } from './exit-core.js';
import { Options, type OptionValue } from './options-core.js';
import { COMMON_FLAGS, NOT_YET, NOUNS, VERBS, type FlagSpec, type VerbSpec } from './spec-core.js';

/** What a line asks for: a verb with what it needs, or text to be shown. */
export type Parsed =
  | {
      readonly kind: 'verb';
      readonly verb: VerbSpec;
      readonly args: readonly string[];
      readonly options: Options;
    }
  | { readonly kind: 'text'; readonly text: string };

const HELP = ['--help', '-h', 'help'];

/** Reads the words behind `aurora`. Throws CliError: INVALID_COMMAND for noun or verb, USAGE for the rest. */
export function parse(argv: readonly string[], version: string): Parsed {
  const [noun, verb] = argv;
  if (noun === '--version' || noun === '-V') return { kind: 'text', text: `${version}\n` };
  if (noun === undefined || HELP.includes(noun)) return { kind: 'text', text: overview() };
  const single = VERBS.find(({ name }) => name === noun);
  if (single !== undefined) return parseVerb(single, argv.slice(1));
  refuseNoun(noun);
  if (verb === undefined || HELP.includes(verb)) return { kind: 'text', text: overview(noun) };
  const spec = VERBS.find(({ name }) => name === `${noun} ${verb}`);
  return parseVerb(spec ?? refuseVerb(noun, verb), argv.slice(2));
}

function refuseNoun(noun: string): void {
  const missing = NOT_YET[noun];
  if (missing !== undefined) throw notYet(noun, missing);
  if (NOUNS[noun] !== undefined) return;
  const nouns = [
    ...Object.keys(NOUNS),
    ...VERBS.map(({ name }) => name).filter((name) => !name.includes(' ')),
  ];
  throw new CliError(
    'INVALID_COMMAND',
    `there is no noun "${noun}"${didYouMean(noun, nouns)} (${nouns.join(', ')})`,
  );
}

function refuseVerb(noun: string, verb: string): never {
  const missing = NOT_YET[`${noun} ${verb}`];
  if (missing !== undefined) throw notYet(`${noun} ${verb}`, missing);
  const verbs = verbsOf(noun).map(({ name }) => name.split(' ')[1] ?? '');
  throw new CliError(
    'INVALID_COMMAND',
    `${noun} has no verb "${verb}"${didYouMean(verb, verbs)} (${verbs.join(', ')})`,
  );
}

function notYet(name: string, what: string): CliError {
  return new CliError('INVALID_COMMAND', `"${name}" is not there yet: this scheduler has no ${what}`);
}

function verbsOf(noun: string): readonly VerbSpec[] {
  return VERBS.filter(({ name }) => name.startsWith(`${noun} `));
}

function overview(noun?: string): string {
  const shown = noun === undefined ? VERBS : verbsOf(noun);
  const width = Math.max(...shown.map(({ name }) => name.length));
  const lines = shown.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`);
  const usage = noun === undefined ? 'aurora <noun> <verb> [arguments] [flags]' : `aurora ${noun} <verb>`;
  const more =
    'aurora <noun> <verb> --help shows arguments, flags and an example; aurora --version the version.';
  return [`Usage: ${usage}`, '', ...lines, '', more, ''].join('\n');
}

function parseVerb(verb: VerbSpec, words: readonly string[]): Parsed {
  let text = '';
  const command = commandOf(verb, (more) => {
    text += more;
  });
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text };
    throw new CliError(
      'USAGE',
      `${verb.name}: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}`,
    );
  }
  const options = new Options(command.opts<Record<string, OptionValue>>());
  return { kind: 'verb', verb, args: command.args, options };
}

function commandOf(verb: VerbSpec, write: (text: string) => void): Command {
  const command = new Command(`aurora ${verb.name}`)
    .description(verb.what)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .addHelpText('after', `\nExample:\n  ${verb.example}`);
  for (const { name, optional = false, rest = false } of verb.args) {
    // Commander has its own meaning for brackets within a name.
    const shown = rest ? `${name}...` : name.replaceAll('[', '(').replaceAll(']', ')');
    command.argument(optional ? `[${shown}]` : `<${shown}>`);
  }
  for (const flag of [...verb.flags, ...COMMON_FLAGS]) command.addOption(optionOf(flag));
  return command;
}

function optionOf(flag: FlagSpec): Option {
  const { long, short, kind, value = 'value' } = flag;
  const names = short === undefined ? long : `${short}, ${long}`;
  const option = new Option(kind === 'flag' ? names : `${names} <${value}>`, flag.what);
  if (flag.default !== undefined) option.default(flag.default);
  if (flag.choices !== undefined) option.choices(flag.choices);
  if (kind === 'list')
    option.argParser((text: string, before: unknown) => [
      ...(Array.isArray(before) ? (before as string[]) : []),
      text,
    ]);
  if (kind === 'integer' || kind === 'number') option.argParser((text) => readNumber(flag, text));
  return option;
}

function readNumber({ kind, min = 0 }: FlagSpec, text: string): number {
  const number = kind === 'integer' && !/^-?\d{1,9}$/.test(text) ? NaN : Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= min) return number;
  const what = kind === 'integer' ? 'an integer' : 'a number';
  throw new InvalidArgumentError(`Allowed is ${what}${min === -Infinity ? '' : ` of at least ${min}`}.`);
}
