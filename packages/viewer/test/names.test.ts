import { describe, expect, it } from '@jest/globals';
import { shortNames, splitId, splitName } from '../page/names.js';

describe('names of fields', () => {
  it('come apart into node, group and leaf', () => {
    expect(splitId('feeds::a.b.c')).toEqual({ node: 'feeds', name: 'a.b.c' });
    expect(splitName('a.b.c')).toEqual({ group: 'a.b', leaf: 'c' });
    expect(splitName('apex_humidity')).toEqual({ group: '', leaf: 'apex_humidity' });
  });

  it('are as short as tells them apart', () => {
    const short = shortNames(['f::x.feeds.t.still', 'f::y.feeds.t.still', 'f::x.feeds.t.mixer', 'g::x.feeds.t.mixer']);
    expect([...short.values()]).toEqual([
      'x.feeds.t.still',
      'y.feeds.t.still',
      'f.x.feeds.t.mixer',
      'g.x.feeds.t.mixer',
    ]);
    expect([...shortNames(['f::a.b', 'f::a.c']).values()]).toEqual(['b', 'c']);
  });

  it('end even where two are the same', () => {
    expect(shortNames(['f::a', 'f::a']).get('f::a')).toBe('f.a');
  });
});
