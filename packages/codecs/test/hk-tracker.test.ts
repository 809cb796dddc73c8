import { describe, expect, it } from '@jest/globals';
import { type HkBlock, type HkData, type HkStatus, HkTracker, initialHkState } from '@sisock/codecs/g3';

const session = (sessionId: bigint) =>
  ({ kind: 'session', version: 2, sessionId, startTime: null, description: null }) as const;
const status = (sessionId: bigint, ...providers: [bigint, string][]): HkStatus => ({
  ...{ kind: 'status', version: 2, sessionId, timestamp: null },
  providers: providers.map(([id, description]) => ({ id, description })),
});
const data = (sessionId: bigint, providerId: bigint, address: string | null = null): HkData<HkBlock> => ({
  ...{ kind: 'data', version: 2, sessionId, providerId, timestamp: null, address, providerSessionId: null },
  ...{ blocks: [], lostBlocks: 0 },
});
const large = 2n ** 60n + 1n;

function started(): HkTracker {
  const tracker = new HkTracker(initialHkState);
  tracker.follow(session(large));
  tracker.follow(status(large, [0n, 'a'], [1n, 'b']));
  return tracker;
}

describe('HkTracker', () => {
  it('knows whose data a frame holds', () => {
    const tracker = started();
    expect([tracker.follow(data(large, 0n)), tracker.follow(data(large, 1n, 'b'))]).toEqual(['a', 'b']);
    expect(tracker.follow({ kind: 'unknown' })).toBeNull();
  });

  it('goes on from its state, which is plain JSON', () => {
    const { state } = started();
    expect(state).toEqual({
      sessionId: String(large),
      providers: [
        ['0', 'a'],
        ['1', 'b'],
      ],
    });
    const again = new HkTracker(JSON.parse(JSON.stringify(state)) as typeof state);
    expect(again.follow(data(large, 1n))).toBe('b');
  });

  it('drops providers that a status frame does not list any more, and takes new names of old ids', () => {
    const tracker = started();
    tracker.follow(status(large, [1n, 'c']));
    expect(tracker.follow(data(large, 1n))).toBe('c');
    expect(() => tracker.follow(data(large, 0n), 55)).toThrow(expect.objectContaining({ kind: 'schema', offset: 55 }));
  });

  it('forgets providers with their session, also where the frame that begins the next is lost', () => {
    const tracker = started();
    tracker.follow(session(5n));
    expect(() => tracker.follow(data(5n, 0n))).toThrow('provider 0, which no status frame lists');
    const lost = started();
    lost.follow(status(5n, [3n, 'd']));
    expect(lost.follow(data(5n, 3n))).toBe('d');
    expect(() => lost.follow(data(5n, 0n))).toThrow('no status frame lists');
    expect(() => lost.follow(data(large, 3n))).toThrow(`data of session ${large} in session 5`);
  });

  it('keeps providers when the same session is told again', () => {
    const tracker = started();
    tracker.follow(session(large));
    expect(tracker.follow(data(large, 0n))).toBe('a');
  });

  it('refuses data before any session', () => {
    expect(() => new HkTracker(initialHkState).follow(data(1n, 0n, 'a'))).toThrow('(none yet)');
  });

  it('believes the address that data carry, unless it contradicts the list', () => {
    const tracker = started();
    expect(tracker.follow(data(large, 9n, 'x'))).toBe('x');
    expect(() => tracker.follow(data(large, 0n, 'b'))).toThrow('data of b by provider 0, which is a');
  });

  it('forgets what may be out of date', () => {
    const tracker = started();
    tracker.forget();
    expect(() => tracker.follow(data(large, 0n))).toThrow('no status frame lists');
    expect(tracker.follow(data(large, 0n, 'a'))).toBe('a');
  });
});
