import { describe, expect, it } from '@jest/globals';
import {
  between,
  narrowest,
  pauseOrFollow,
  rangeWords,
  resolve,
  secondsOf,
  step,
  widest,
  zoom,
} from '../../page/state/range.js';

const now = 1_000_000;
const last = (seconds: number) => ({ kind: 'last', seconds }) as const;

describe('a range', () => {
  it('that ends now moves with the present', () => {
    expect(resolve(last(60), now)).toEqual({ from: now - 60, to: now });
  });

  it('is never narrower or wider than can be shown, and stays where it was', () => {
    expect(between(5, 5)).toEqual(between(5 - narrowest / 2, 5 + narrowest / 2));
    const wide = between(-1e12, 1e12);
    expect(wide.kind === 'between' && wide.to - wide.from).toBe(widest);
  });

  it('goes into the past, and back until it is live', () => {
    const earlier = step(last(100), now, -0.5);
    expect(earlier).toEqual(between(now - 150, now - 50));
    expect(step(earlier, now, 0.25)).toEqual(between(now - 125, now - 25));
    expect(step(earlier, now, 0.5)).toEqual(last(100));
    expect(step(between(now, now + 10), now, 1)).toEqual(between(now, now + 10));
  });

  it('is zoomed about its middle; a live one stays live', () => {
    expect(zoom(between(0, 100), now, 0.5)).toEqual(between(25, 75));
    expect(zoom(last(300), now, 2)).toEqual(last(600));
    expect(zoom(last(1), now, 0.5)).toEqual(last(1));
  });

  it('does not grow into the future', () => {
    expect(zoom(between(now - 100, now - 10), now, 2)).toEqual(between(now - 180, now));
  });

  it('is paused where it stands, and follows as much of the present', () => {
    const paused = pauseOrFollow(last(900), now);
    expect(paused).toEqual(between(now - 900, now));
    expect(pauseOrFollow(paused, now)).toEqual(last(900));
    expect(pauseOrFollow(between(0, 86_399), now)).toEqual(last(86_400));
  });

  it('has words', () => {
    expect(rangeWords(last(secondsOf('15m')))).toBe('last 15 min');
    expect(rangeWords(between(0, 5400))).toBe('1 h 30 min');
  });
});
