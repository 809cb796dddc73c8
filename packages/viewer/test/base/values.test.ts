import { describe, expect, it } from '@jest/globals';
import { formatNumber, formatTicks, formatValue, withUnits } from '../../page/base/values.js';

describe('a value', () => {
  it('is short and exact enough to notice a change', () => {
    expect([0, 0.1 + 0.2, -273.15, 1234567.8, 1e9, 2.5e-7].map(formatNumber)).toEqual([
      '0',
      '0.3',
      '−273.15',
      '1234570',
      '1.000e9',
      '2.500e−7',
    ]);
    expect([NaN, Infinity, -Infinity].map(formatNumber)).toEqual(['NaN', '∞', '−∞']);
  });

  it('has its unit, where there is one and a value', () => {
    expect(withUnits(4.2, 'K')).toBe('4.2 K');
    expect(withUnits(null, 'K')).toBe('–');
    expect(withUnits(true, null)).toBe('true');
    expect(formatValue('cold')).toBe('cold');
  });
});

describe('labels of an axis', () => {
  it('have as many digits as their step needs', () => {
    expect(formatTicks([0, 0.5, 1], 0.5)).toEqual(['0.0', '0.5', '1.0']);
    expect(formatTicks([0, 0.25, 0.5], 0.25)).toEqual(['0.00', '0.25', '0.50']);
    expect(formatTicks([-20, 0, 20], 20)).toEqual(['−20', '0', '20']);
    expect(formatTicks([99.998, 99.999, 100], 0.001)).toEqual(['99.998', '99.999', '100.000']);
    expect(formatTicks([0, 2e-6, null], 2e-6)).toEqual(['0', '2.000e−6', null]);
  });
});
