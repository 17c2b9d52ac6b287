import {
  clusterOptions,
  commonOptions,
  defineOptions,
  flagOf,
  OptionError,
  parseOptions,
  variableOf,
} from '@murmur/service';

const program = { name: 'murmur-test', summary: 'a test' };
const table = defineOptions({
  queueDepthMax: { type: 'integer', default: 10, min: 1, max: 100, unit: 'items', help: 'how deep' },
  mode: { type: 'string', default: 'fast', choices: ['fast', 'slow'], help: 'how' },
  strict: { type: 'boolean', default: false, help: 'whether' },
  key: {
    type: 'string',
    default: null,
    secret: true,
    pattern: /^.{4,}$/,
    allowed: 'at least 4 characters',
    help: 'the key',
  },
  name: { type: 'string', default: 'x', pattern: /^[a-z]+$/, allowed: 'small letters', help: 'its name' },
});
const run = (argv: string[], env: Record<string, string> = {}) => parseOptions(program, table, argv, env);

describe('options', () => {
  it('takes flags before variables before defaults', () => {
    const env = { MURMUR_KEY: 'from-env', MURMUR_QUEUE_DEPTH_MAX: '20', MURMUR_MODE: 'slow' };
    expect(run(['--queue-depth-max', '30', '--strict'], env)).toEqual({
      kind: 'run',
      values: { queueDepthMax: 30, mode: 'slow', strict: true, key: 'from-env', name: 'x' },
    });
  });

  it.each([
    [['--queue-depth-max', '101'], /--queue-depth-max: "101" .* whole number from 1 to 100/],
    [['--queue-depth-max', '1e1'], /--queue-depth-max: "1e1"/],
    [['--mode', 'quick'], /--mode: "quick" is not allowed; allowed is fast, slow$/],
    [['--mode', 'fastslow'], /--mode: "fastslow"/],
    [['--name', 'X'], /--name: "X" is not allowed; allowed is small letters$/],
    [['--strict', 'maybe'], /--strict: "maybe" .*true or false/],
    [['stray'], /^"stray" is not allowed; allowed are flags only, see --help$/],
    [['--no-such-flag'], /unknown option '--no-such-flag'/],
  ])('refuses %j with flag, value and what is allowed', (argv, message) => {
    expect(() => run([...argv, '--key', 'secret'])).toThrow(OptionError);
    expect(() => run([...argv, '--key', 'secret'])).toThrow(message);
  });

  it('names a required option that is missing, and its variable', () => {
    expect(() => run([])).toThrow('--key (or MURMUR_KEY) is required: the key');
  });

  it('never shows a secret: not in an error, not in --print-config', () => {
    expect(() => run(['--key', 'abc'])).toThrow(
      /^--key: the value given is not allowed; allowed is at least 4 characters$/,
    );
    const printed = run(['--key', 'hush-hush', '--print-config']);
    expect(printed.kind === 'print' && printed.text).toContain('"(secret)"');
    expect(printed.kind === 'print' && printed.text).not.toContain('hush-hush');
  });

  it('lists every flag with its default, bounds and variable in --help', () => {
    const help = run(['--help']);
    if (help.kind !== 'print') throw new Error('help is printed');
    const text = help.text.replace(/\s+/g, ' ');
    for (const name of Object.keys(table)) expect(text).toContain(flagOf(name));
    expect(text).toContain('how deep (items, 1-100); default 10; MURMUR_QUEUE_DEPTH_MAX');
    expect(text).toContain('how (fast, slow); default "fast"; MURMUR_MODE');
    expect(text).toContain('the key; required; MURMUR_KEY');
  });

  it.each([
    ['--log-level', 'loud', '--log-level: "loud" is not allowed; allowed is debug, info, warn, error'],
    [
      '--cluster-key',
      'short',
      '--cluster-key: the value given is not allowed; allowed is at least 16 characters',
    ],
    ['--instance', 'a b', '--instance: "a b" is not allowed; allowed is 1 to 64 letters, digits, _ and -'],
  ])('says in words what %s may be', (flag, value, message) => {
    const argv = ['--cluster-key', 'a key of sixteen letters', flag, value];
    expect(() => parseOptions(program, commonOptions, argv, {})).toThrow(message);
  });

  it.each(['zk1:2181', 'zk1', 'a:1,b:2,c:3', 'a:1/root'])('takes ZooKeeper at %s', (zk) => {
    expect(parseOptions(program, clusterOptions, ['--zk', zk], {})).toMatchObject({ values: { zk } });
  });

  it.each(['', 'zk1:', 'zk1:port', 'zk://zk1:2181', 'a:1,,b:2', 'a b'])('refuses ZooKeeper at %j', (zk) => {
    expect(() => parseOptions(program, clusterOptions, ['--zk', zk], {})).toThrow(
      `--zk: ${JSON.stringify(zk)} is not allowed; allowed is host:port[,host:port...]`,
    );
  });

  it('maps every common option to a flag and a variable of one spelling', () => {
    expect(flagOf('clusterKey')).toBe('--cluster-key');
    expect(Object.keys(commonOptions).map(variableOf)).toContain('MURMUR_CLUSTER_KEY');
  });
});
