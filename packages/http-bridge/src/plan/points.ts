import type { BridgeLimits } from '../limits.js';

/** Most points a bucket gives: first, least, greatest, last. */
const pointsOfBucket = 4;

/**
 * Buckets for each column of pixels of a panel whose columns are not known to lie on buckets, as in Grafana, whose plot is
 * narrower than the panel that it asks for: the least and greatest of two buckets then cost as many points as M4 of one,
 * and draw truer (`npm run bench -- pixels`).
 */
export const bucketsOfColumn = 2;

/** How many buckets each field gets: what is asked, within what one request and one answer may hold. */
export function bucketsFor(asked: number | undefined, fields: number, limits: BridgeLimits): number {
  const fair = Math.floor(limits.answerPoints / pointsOfBucket / Math.max(1, fields));
  return Math.max(1, Math.min(asked ?? limits.defaultPoints, limits.points, fair));
}

/** How many points each field gets where what is asked is never to be exceeded. */
export function pointsAtMost(asked: number | undefined, fields: number, limits: BridgeLimits): number {
  const fair = Math.floor(limits.answerPoints / Math.max(1, fields));
  return Math.max(1, Math.min(asked ?? limits.defaultPoints, limits.points, fair));
}
