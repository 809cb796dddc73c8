import { createHash, randomUUID } from 'node:crypto';
import type { TimeRange } from '@sisock/core';
import { fieldJson } from '../api/field-json.js';
import { type Group, groupFields } from '../plan/groups.js';
import type { KnownField } from '../plan/resolve.js';
import { withDeadline } from '../site/deadline.js';
import type { BridgeRequest } from './routes.js';

/** Another process may answer the same data in another form. */
const thisProcess = randomUUID();

/**
 * Gives an answer that can't change any more an ETag, and answers 304 where the client has it already.
 *
 * Sound because each node is asked, before any data are read, for its revision and until when its data are final: the tag
 * is of data no newer than those that follow, and what changes later changes the revision. A node that tells no revision,
 * or does not answer, makes no tag; nor does a node that came anew keep its former ones. Clients must ask each time.
 * @returns true when the request is answered.
 */
export async function answeredBefore(
  request: BridgeRequest,
  fields: readonly KnownField[],
  range: TimeRange,
): Promise<boolean> {
  const { req, res, context } = request;
  if (!(range.end > range.start && range.end <= context.clock())) return false;
  const revisions = await Promise.all(groupFields(fields).map((group) => revisionOf(request, group, range)));
  if (revisions.includes(null)) return false;
  const about = fields.map((field) => {
    const { extent, ...told } = fieldJson(field);
    // Old data that a node gave up are missed; new ones behind the range are not.
    return { ...told, start: extent && Math.max(extent.start, range.start) };
  });
  const identity = JSON.stringify([thisProcess, req.originalUrl, range.start, range.end, about, revisions]);
  const tag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 32)}"`;
  res.setHeader('ETag', `W/${tag}`);
  res.setHeader('Cache-Control', 'private, no-cache');
  if (!namesTag(req.headers['if-none-match'], tag)) return false;
  res.status(304).end();
  return true;
}

/** Takes back the promise, for an answer that turned out to lack something. */
export function notFinal({ res }: BridgeRequest): void {
  if (res.headersSent) return;
  res.removeHeader('ETag');
  res.setHeader('Cache-Control', 'no-store');
}

/** What a timeline's data are; null where they may still change, or nothing is promised. One row is asked for. */
async function revisionOf(
  { view, signal, context }: BridgeRequest,
  { node, timeline, fields }: Group,
  range: TimeRange,
): Promise<string | null> {
  const { limits, events } = context;
  const deadline = Math.min(limits.revisionDeadlineMs, limits.nodeDeadlineMs);
  const arrivals = events.arrivals(node);
  try {
    const query = { timeline, fields: fields.slice(0, 1), range, maxSamples: 1 };
    const { revision, finalizedUntil } = await withDeadline(deadline, signal, `data node ${node}`, (within) =>
      view.reader(node).read(query, within),
    );
    if (typeof revision !== 'string' || revision === '' || !(finalizedUntil >= range.end)) return null;
    return `${arrivals} ${revision}`;
  } catch {
    return null;
  }
}

/** Weak comparison (RFC 9110, 8.8.3.2). Asked for with `no-cache` or not: it is compared with the data themselves. */
function namesTag(header: string | undefined, tag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}
