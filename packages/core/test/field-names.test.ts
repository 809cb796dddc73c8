import { describe, expect, it } from '@jest/globals';
import { archiveFieldName, originalFieldName, unusedName } from '../src/index.js';

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
  });
});

describe('a name that is taken', () => {
  it.each([
    ['test', [], 'test'],
    ['test', ['test'], 'test_01'],
    ['test', ['test', 'test_01'], 'test_01_02'],
  ])('%s beside %j becomes %s, as the aggregator makes it', (name, taken, expected) => {
    expect(unusedName(name, (n) => (taken as readonly string[]).includes(n))).toBe(expected);
  });

  it('is clipped to 255 characters without its prefix', () => {
    const full = `feed.${'x'.repeat(255)}`;
    expect(unusedName(full, (n) => n === full, 5)).toBe(`feed.${'x'.repeat(252)}_01`);
  });
});
