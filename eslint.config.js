import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const sources = [
  'shared/*/src/**/*.ts',
  'services/*/src/**/*.ts',
  'deploy/*/src/**/*.ts',
  'scripts/load/src/**/*.ts',
];
const tests = [
  'shared/*/test/**/*.ts',
  'services/*/test/**/*.ts',
  'deploy/*/test/**/*.ts',
  'scripts/load/test/**/*.ts',
];
const cores = ['shared/model/src/**/*.ts', '**/src/**/*-core.ts'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.murmur/**', '**/*.js', '**/*.cjs', '**/*.mjs'] },
  {
    files: [...sources, ...tests],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          'shared/*/tsconfig.json',
          'services/*/tsconfig.json',
          'deploy/*/tsconfig.json',
          'scripts/load/tsconfig.json',
          'tsconfig.test.json',
        ],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers, ids and booleans in messages are what a log or an error is made of.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  {
    // A core decides: it has no I/O, no clock and no timer. `Buffer` is a value, not I/O.
    files: cores,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'a core does no I/O' }] },
      ],
      'no-restricted-globals': [
        'error',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'process',
        'fetch',
        'console',
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'time is an argument of a core',
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'time is an argument of a core',
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'chance is an argument of a core',
        },
      ],
    },
  },
  {
    // An interface over its table of fields gives the message a name of its own in errors and declarations.
    files: ['deploy/engine/src/wire/messages/*.ts', 'deploy/mesos-local/src/protocol.ts'],
    rules: {
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
    },
  },
  {
    files: tests,
    plugins: { jest },
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/expect-expect': 'off',
      'jest/no-conditional-expect': 'off',
      'jest/no-standalone-expect': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['scripts/load/src/**/*.ts', 'deploy/local/src/**/*.ts', 'shared/service/src/process.ts'],
    rules: { 'no-console': 'off' },
  },
);
