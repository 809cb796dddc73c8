import { describe, expect, it } from '@jest/globals';
import { createComplaints, silentLogger } from '@sisock/runtime';

describe('complaints', () => {
  it('are told once a minute for each key, with how many were held back', () => {
    const lines: unknown[] = [];
    const log = silentLogger();
    log.warn = (details: object) => void lines.push(details);
    let ms = 0;
    const complaints = createComplaints(log, () => ms);
    for (; ms < 61_000; ms += 1000) complaints.complain('warn', 'a', { node: 'a' }, 'failed');
    complaints.complain('warn', 'b', { node: 'b' }, 'failed');
    expect(lines).toEqual([{ node: 'a' }, { node: 'a', more: 59 }, { node: 'b' }]);
  });
});
