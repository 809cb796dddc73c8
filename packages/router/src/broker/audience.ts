import type { Dict } from '../messages.js';
import type { Identity, Session } from '../session.js';

type Filter = (session: Session) => boolean;

const lists: readonly (readonly [string, keyof Identity])[] = [
  ['authid', 'authid'],
  ['authrole', 'authrole'],
];

/**
 * Who may hear a publication, by its options: `exclude_me`, `exclude`, `eligible` and both with `_authid` and `_authrole`
 * (WAMP specification, "Subscriber Black- and Whitelisting" and "Publisher Exclusion"). Undefined: everybody. A list that
 * is none is passed over.
 */
export function audienceOf(options: Dict, publisher: Session | undefined): Filter | undefined {
  const filters: Filter[] = [];
  if (publisher !== undefined && options['exclude_me'] !== false) filters.push((session) => session !== publisher);
  const excluded = setOf(options['exclude']);
  if (excluded) filters.push((session) => !excluded.has(session.id));
  const eligible = setOf(options['eligible']);
  if (eligible) filters.push((session) => eligible.has(session.id));
  for (const [suffix, key] of lists) {
    const without = setOf(options[`exclude_${suffix}`]);
    if (without) filters.push((session) => !without.has(session.identity[key]));
    const only = setOf(options[`eligible_${suffix}`]);
    if (only) filters.push((session) => only.has(session.identity[key]));
  }
  if (filters.length <= 1) return filters[0];
  return (session) => filters.every((filter) => filter(session));
}

function setOf(list: unknown): Set<unknown> | undefined {
  return Array.isArray(list) ? new Set<unknown>(list) : undefined;
}
