import { parseDemoOptions } from '../../src/demo/options-core.js';

const message = (...argv: string[]): string => {
  const parsed = parseDemoOptions(argv);
  return parsed.kind === 'bad' ? parsed.message : parsed.kind;
};

describe('the flags of the demo', () => {
  it('have defaults', () => {
    expect(parseDemoOptions([])).toEqual({
      kind: 'options',
      options: { accounts: 1_000, rate: 50, seconds: 60, url: 'http://127.0.0.1:8080' },
    });
  });

  it('take a value after a space or an equals sign; the last one wins', () => {
    const parsed = parseDemoOptions([
      '--rate',
      '7',
      '--seconds=5',
      '--rate=8',
      '--url=http://h:1/',
      '--accounts',
      '30',
    ]);
    expect(parsed).toEqual({
      kind: 'options',
      options: { accounts: 30, rate: 8, seconds: 5, url: 'http://h:1' },
    });
  });

  it.each([
    [['--speed', '1'], '--speed: unknown, allowed are --accounts, --rate, --seconds, --url and --help'],
    [['fast'], 'fast: unknown, allowed are --accounts, --rate, --seconds, --url and --help'],
    [['--rate'], '--rate: a value is missing, allowed is a whole number from 1 to 2000'],
    [['--accounts', '1'], '--accounts: "1" is not a whole number from 2 to 20000'],
    [['--seconds', '1.5'], '--seconds: "1.5" is not a whole number from 1 to 3600'],
    [['--rate', '-3'], '--rate: "-3" is not a whole number from 1 to 2000'],
    [
      ['--url', 'ftp://h'],
      '--url: "ftp://h" is no origin, allowed is http://host:port (default http://127.0.0.1:8080)',
    ],
    [
      ['--url', 'http://h/api'],
      '--url: "http://h/api" is no origin, allowed is http://host:port (default http://127.0.0.1:8080)',
    ],
  ])('%j are refused with the flag, the value and what is allowed', (argv, expected) => {
    expect(message(...argv)).toBe(expected);
  });

  it('refuse a rate that the rate limit of so few accounts would refuse', () => {
    expect(message('--accounts', '10', '--rate', '50')).toBe(
      '--rate: 50 is too much for --accounts 10, allowed is up to 33: an account may send 300 requests in 300 s',
    );
    expect(message('--accounts', '10', '--rate', '33')).toBe('options');
    expect(message('--accounts', '10', '--rate', '6', '--seconds', '3600')).toBe('options');
  });

  it('explain themselves', () => {
    const parsed = parseDemoOptions(['--help']);
    expect(parsed.kind).toBe('help');
    for (const flag of ['--accounts', '--rate', '--seconds', '--url'])
      expect(parsed.kind === 'help' && parsed.text).toContain(flag);
  });
});
