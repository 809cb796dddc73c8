import { describe, expect, it } from '@jest/globals';
import { archiveFieldName, originalFieldName, servedFieldName } from '../src/index.js';
import { unusedName } from '../src/field-names.js';

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

describe('a name that is taken', () => {
  const unused = (name: string, taken: readonly string[], prefix = 0) =>
    unusedName(name, (n) => taken.includes(n), prefix);

  it.each([
    ['test', [], 'test'],
    ['test', ['test'], 'test_01'],
    ['test', ['test', 'test_01'], 'test_01_02'],
  ])('%s beside %j becomes %s, as the aggregator makes it', (name, taken, expected) => {
    expect(unused(name, taken)).toBe(expected);
  });

  it('is clipped to 255 characters without its prefix', () => {
    const full = `${feed}.${'x'.repeat(255)}`;
    expect(unused(full, [full], feed.length + 1)).toBe(`${feed}.${'x'.repeat(252)}_01`);
  });
});
