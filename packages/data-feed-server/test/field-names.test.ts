import { describe, expect, it } from '@jest/globals';
import { archiveFieldName, originalFieldName, servedFieldName } from '../src/index.js';

const feed = 'observatory.LSA22YE.feeds.temperatures';

describe('the names of a field', () => {
  // own spelling, as the original's data-feed has it, as the aggregator writes it to files (checked against ocs 0.12.1)
  it.each([
    ['channel_01', 'channel_01', 'channel_01'],
    ['Channel 01', 'channel_01', 'Channel_01'],
    ['T [K]', 't_[k]', 'T_K'],
    ['1st', '1st', 'st'],
    ['_9a', '_9a', '_a'],
    ['__12', '__12', '__'],
    ['  x', '__x', '__x'],
    ['a-b.c', 'a-b.c', 'abc'],
    ['°C', '°c', 'C'],
    ['9', '9', 'invalid_field_9'],
    ['x'.repeat(300), 'x'.repeat(300), 'x'.repeat(255)],
  ])('%s', (own, original, archive) => {
    expect(originalFieldName(own)).toBe(original);
    expect(archiveFieldName(own)).toBe(archive);
    expect(servedFieldName('original', feed, own)).toBe(original);
    expect(servedFieldName('full', feed, own)).toBe(`${feed}.${archive}`);
  });
});
