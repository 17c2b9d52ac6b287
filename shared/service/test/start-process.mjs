// A process whose start fails, for tests. Needs the build in dist.
import { OptionError, StartError, defineOptions, runProcess } from '../dist/index.js';

const ERRORS = {
  option: new OptionError('it is so\n for a reason'),
  start: new StartError('it is so for a reason'),
  bug: new Error('a fault of the program'),
};

await runProcess({
  name: 'tested',
  summary: 'Cannot start.',
  options: defineOptions({ how: { type: 'string', default: 'bug', help: 'the error' } }),
  start: ({ how }) => {
    if (how === 'option-at-once') throw ERRORS.option;
    return Promise.reject(ERRORS[how]);
  },
});
