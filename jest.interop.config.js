/** Tests against real peers (autobahn-python, Crossbar, OCS), one file at a time: each starts servers of its own. */
import { base } from './jest.config.js';

export default {
  ...base,
  testMatch: ['<rootDir>/test/interop/**/*.test.ts'],
  globalSetup: '<rootDir>/test/interop/setup.mjs',
  maxWorkers: 1,
};
