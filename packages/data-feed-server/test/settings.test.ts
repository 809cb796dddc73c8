import { describe, expect, it } from '@jest/globals';
import { chooseFeeds, readDataFeedSettings } from '../src/index.js';

const choose = (env: Record<string, string>) => chooseFeeds(readDataFeedSettings(env));

describe('one feed', () => {
  it('is what the original served', () => {
    const env = {
      TARGET: 'bluefors',
      FEED: 'bluefors',
      NAME: 'bluefors',
      DESCRIPTION: 'Cryostat',
      PYTHONUNBUFFERED: '1',
    };
    expect(readDataFeedSettings(env).BUFFER_TIME).toBe(3600);
    expect(choose(env)).toEqual({
      mode: 'one',
      name: 'bluefors',
      description: 'Cryostat',
      topics: ['observatory.bluefors.feeds.bluefors'],
      lifeTopics: [{ topic: 'observatory.bluefors.feeds.heartbeat', match: 'exact' }],
      roots: null,
    });
  });

  it('is temperatures where FEED is not set, as in the older thermometry server', () => {
    expect(choose({ TARGET: 'LSA23JD', NAME: 'LSA23JD' }).topics).toEqual(['observatory.LSA23JD.feeds.temperatures']);
  });

  it('is looked for under every address root', () => {
    const env = { TARGET: 'x', NAME: 'x', FEED: 'y', ADDRESS_ROOT: 'satp1, lat' };
    expect(choose(env).topics).toEqual(['satp1.x.feeds.y', 'lat.x.feeds.y']);
  });
});

describe('many feeds', () => {
  it('come by a wildcard that tells of the agents too', () => {
    expect(choose({ FEED_PATTERN: 'observatory..feeds.' })).toEqual({
      mode: 'many',
      name: 'feeds',
      description: 'Live feeds observatory..feeds.',
      topics: ['observatory..feeds.'],
      lifeTopics: [],
      roots: null,
    });
  });

  it('by a narrower one: heartbeats are asked for beside it', () => {
    const { lifeTopics } = choose({ FEED_PATTERN: 'satp1..feeds.temperatures' });
    expect(lifeTopics).toEqual([
      { topic: 'satp1..feeds.heartbeat', match: 'wildcard' },
      { topic: 'satp1..feeds.agent_operations', match: 'wildcard' },
    ]);
  });

  it('of any root: only the known roots are taken', () => {
    expect(choose({ FEED_PATTERN: '..feeds.', ADDRESS_ROOT: 'a,b' })).toMatchObject({
      roots: ['a', 'b'],
      lifeTopics: [],
    });
  });
});

describe('wrong settings are all told at once', () => {
  it.each([
    [{}, ['neither TARGET nor FEED_PATTERN is set']],
    [{ TARGET: 'x' }, ['NAME is not set']],
    [{ TARGET: 'x', FEED_PATTERN: 'o..feeds.', NAME: 'n' }, ['TARGET "x" and FEED_PATTERN "o..feeds." are both set']],
    [
      { TARGET: 'x y', FEED: 'a.b', BUFFER_TIME: '0', ADDRESS_ROOT: 'a,,b' },
      [
        'TARGET "x y" is not one part',
        'FEED "a.b" is not',
        'BUFFER_TIME "0"',
        'ADDRESS_ROOT "a,,b"',
        'NAME is not set',
      ],
    ],
    [{ FEED_PATTERN: 'observatory.*', NAME: 'x' }, ['FEED_PATTERN "observatory.*" is not a WAMP wildcard']],
  ])('%j', (env, reasons) => {
    let message = '';
    try {
      readDataFeedSettings(env as Record<string, string>);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'bad_setting' });
      message = (thrown as Error).message;
    }
    for (const reason of reasons) expect(message).toContain(reason);
    expect(message.split('\n')).toHaveLength(reasons.length);
  });
});
