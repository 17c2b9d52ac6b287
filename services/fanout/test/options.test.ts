import { parseOptions } from '@murmur/service';
import { fanoutOptions } from '../src/index.js';

describe('the options of fan-out', () => {
  const program = { name: 'murmur-fanout', summary: '' };
  const env = {
    MURMUR_CLUSTER_KEY: 'a-key-of-sixteen-or-more',
    MURMUR_MYSQL: 'mysql://u:p@127.0.0.1:3306/m',
  };

  it('have defaults for everything but the key and the database', () => {
    const parsed = parseOptions(program, fanoutOptions, [], env);
    expect(parsed).toMatchObject({
      kind: 'run',
      values: { materialiseFollowersMax: 100_000, batchMax: 256 },
    });
  });

  it('are refused with flag, value and what is allowed', () => {
    expect(() => parseOptions(program, fanoutOptions, ['--batch-max', '0'], env)).toThrow(
      '--batch-max: "0" is not allowed; allowed is a whole number from 1 to 10000',
    );
  });
});
