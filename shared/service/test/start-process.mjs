// A process whose start ends as it is told, for tests. Needs the build in dist.
import { OptionError, StartError, defineOptions, runProcess } from '../dist/index.js';

const ERRORS = {
  option: new OptionError('it is so\n for a reason'),
  start: new StartError('it is so for a reason'),
  bug: new Error('a fault of the program'),
};

await runProcess({
  name: 'tested',
  summary: 'Starts, or cannot.',
  options: defineOptions({ how: { type: 'string', default: 'bug', help: 'the error' } }),
  start: ({ how }, { quit }) => {
    if (how === 'quit') {
      setImmediate(quit);
      return Promise.resolve({ port: 1, stop: () => Promise.resolve() });
    }
    if (how === 'option-at-once') throw ERRORS.option;
    return Promise.reject(ERRORS[how]);
  },
});
