/** Unit and integration tests: run on the sources through the `@sisock/source` export condition. */
export const base = {
  // A slow, busy machine must not fail a test: only one that waits for what never comes gets there.
  testTimeout: 300_000,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@sisock/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

export default {
  ...base,
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/integration/**/*.test.ts'],
};
