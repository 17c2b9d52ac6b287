import { readdirSync, existsSync } from 'node:fs';

const folders = ['shared', 'services', 'deploy', 'scripts'];
const packages = folders.flatMap((folder) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => existsSync(new URL(`${folder}/${name}/src/index.ts`, import.meta.url)))
    .map((name) => [`^@murmur/${name}$`, `<rootDir>/${folder}/${name}/src/index.ts`]),
);

const common = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.jest.json' }] },
  // Tests see the sources: no build needed. `.js` in an import is the `.ts` beside it.
  moduleNameMapper: {
    ...Object.fromEntries(packages),
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^fast-check$': '<rootDir>/jest.fast-check.js',
  },
  modulePathIgnorePatterns: ['/dist/', '/.murmur/', '/.nx/'],
};

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: folders.map((f) => `<rootDir>/${f}/*/test/**/*.test.ts`),
      testPathIgnorePatterns: ['\\.integration\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: folders.map((f) => `<rootDir>/${f}/*/test/**/*.integration.test.ts`),
    },
  ],
};
