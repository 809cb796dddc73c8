/** Tests of the page in a real browser. */
import { base } from './jest.config.js';

export default {
  ...base,
  testMatch: ['<rootDir>/test/page/**/*.test.ts'],
  maxWorkers: 1,
  testTimeout: 300_000,
};
