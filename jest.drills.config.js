/** Drills: parts of sisock as processes that are killed, stopped, lied to and shouted at. */
import { base } from './jest.config.js';

export default {
  ...base,
  testMatch: ['<rootDir>/test/drills/**/*.test.ts'],
  maxWorkers: 1,
};
