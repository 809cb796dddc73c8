import { describe, expect, it } from '@jest/globals';
import { servedFieldName } from '../src/index.js';

describe('the name a field is served under', () => {
  // How either spelling is made is the business of core's names.
  it.each([
    ['original', 'Channel 01', 'channel_01'],
    ['full', 'Channel 01', 'observatory.LSA22YE.feeds.temperatures.Channel_01'],
  ] as const)('%s: %s becomes %s', (naming, own, served) => {
    expect(servedFieldName(naming, 'observatory.LSA22YE.feeds.temperatures', own)).toBe(served);
  });
});
