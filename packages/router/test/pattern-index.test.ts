import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Match, matches } from '../src/messages.js';
import { PatternIndex } from '../src/pattern-index.js';

interface Entry {
  readonly uri: string;
  readonly match: Match;
}

function fits({ uri, match }: Entry, topic: string): boolean {
  if (match === 'exact') return uri === topic;
  if (match === 'prefix') return topic.startsWith(uri);
  const pattern = uri.split('.');
  const parts = topic.split('.');
  return pattern.length === parts.length && pattern.every((part, at) => part === '' || part === parts[at]);
}

const part = fc.constantFrom('a', 'b', 'ab');
const topics = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const patterns = fc
  .array(fc.oneof(part, fc.constant('')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'));
const entries = fc.record({ uri: patterns, match: fc.constantFrom(...matches) });

describe('the index of patterns', () => {
  it('finds what comparing with each pattern finds, whatever was added and removed', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), entries), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.array(topics, { minLength: 1 }), (changes, asked) => {
        const index = new PatternIndex<string>();
        const held = new Map<string, Entry>();
        for (const [adds, entry] of changes) {
          const key = `${entry.match} ${entry.uri}`;
          if (adds && !held.has(key)) {
            held.set(key, entry);
            index.add(entry.uri, entry.match, key);
          } else if (!adds) {
            held.delete(key);
            index.remove(entry.uri, entry.match);
          }
          for (const topic of asked) {
            const expected = [...held].filter(([, known]) => fits(known, topic)).map(([known]) => known);
            expect([...index.all(topic)].sort()).toEqual(expected.sort());
            expect(index.best(topic)).toBe(index.all(topic)[0]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
