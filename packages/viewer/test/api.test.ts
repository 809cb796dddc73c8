import { describe, expect, it } from '@jest/globals';
import { portions } from '../page/api.js';

describe('names in addresses', () => {
  it('are split where an address would become too long, none lost and in order', () => {
    const ids = Array.from({ length: 500 }, (_, i) => `feeds::observatory.agent_${i}.feeds.temperatures.Channel ${i}`);
    const parts = portions(ids);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flatMap((p) => p.getAll('field'))).toEqual(ids);
    for (const part of parts) expect(part.toString().length).toBeLessThan(8000);
  });

  it('make no request where there are none', () => {
    expect(portions([])).toEqual([]);
  });
});
