import { splitId } from '../base/names.js';
import { formatTime, type Zone, zoneName } from '../base/time.js';
import type { Problem } from '../data/series.js';
import { type SiteModel, timelineOf } from '../data/site-watch.js';
import type { Span } from '../state/range.js';

/** What is known of a plot in which there is nothing to see. */
export interface Nothing {
  readonly fields: readonly string[];
  readonly site: SiteModel;
  readonly isLoading: boolean;
  readonly problem: (id: string) => Problem | null;
  readonly zone: Zone;
  /** Whether the page is behind a login that hides nodes. */
  readonly isGuarded: boolean;
}

export interface Words {
  readonly what: string;
  readonly why?: string;
  /** Where data are, as an offer to go there. */
  readonly extent?: Span;
}

/** Why there is nothing to see, and what helps. */
export function explain(nothing: Nothing): Words {
  const { fields, site, isLoading } = nothing;
  const { state, catalog, error } = site;
  if (error && !state) return { what: 'The server does not answer', why: error.message };
  if (!state) return { what: 'Loading …' };
  if (catalog.fields.size === 0) return nothingThere(site);
  if (fields.length === 0) return { what: 'An empty plot', why: 'Choose fields from the list, or drag them here.' };
  const problems = fields.flatMap((id) => nothing.problem(id) ?? []);
  const unknown = fields.filter((id) => !catalog.fields.has(id) && nothing.problem(id)?.code.startsWith('unknown_'));
  if (unknown.length === fields.length) return noSuchField(unknown, nothing);
  if (isLoading) return { what: 'Loading …' };
  if (problems.length === fields.length && problems[0]) {
    return { what: 'The data can not be had now', why: `${problems[0].message}. It is tried again.` };
  }
  return noDataHere(nothing);
}

function nothingThere({ state }: SiteModel): Words {
  if (!state!.connected) return { what: 'No session with the router', why: 'Data appear as soon as it is back.' };
  if (state!.nodes.length === 0) {
    return { what: 'No data node is there', why: 'Data appear as soon as one joins, or as soon as you may see one.' };
  }
  return { what: 'No fields yet', why: 'The data nodes have no fields so far.' };
}

function noSuchField(ids: readonly string[], { site, isGuarded }: Nothing): Words {
  const nodes = new Set(site.state!.nodes.map(({ name }) => name));
  const away = [...new Set(ids.map((id) => splitId(id).node).filter((node) => !nodes.has(node)))];
  const login = isGuarded ? ' It may be there for who logs in.' : '';
  if (away.length > 0) {
    return {
      what: `No data node ${away.join(', ')}`,
      why: `It is not there now: what it serves appears when it comes.${login}`,
    };
  }
  return { what: 'No such field', why: `${ids.join(', ')}: the data node does not have it.` };
}

function noDataHere({ fields, site, zone }: Nothing): Words {
  const what = 'No data in this range';
  const extents = fields.flatMap((id) => {
    const field = site.catalog.fields.get(id);
    const extent = field && timelineOf(field, site)?.extent;
    return extent ? [extent] : [];
  });
  if (extents.length === 0) return { what };
  const from = Math.min(...extents.map((extent) => extent.from));
  const to = Math.max(...extents.map((extent) => extent.to));
  const subject = fields.length === 1 ? splitId(fields[0]!).name : 'These fields';
  const verb = fields.length === 1 ? 'has' : 'have';
  const times = `from ${formatTime(from, zone)} to ${formatTime(to, zone)} ${zoneName(zone, to)}`;
  return { what, why: `${subject} ${verb} data ${times}.`, extent: { from, to } };
}

/** What is missing in a plot that shows something: one line a field, the same words once. */
export function noticesOf(fields: readonly string[], problem: (id: string) => Problem | null): readonly string[] {
  const byMessage = new Map<string, string[]>();
  for (const id of fields) {
    const found = problem(id);
    if (!found || found.code === 'cancelled') continue;
    const list = byMessage.get(found.message);
    if (list) list.push(id);
    else byMessage.set(found.message, [id]);
  }
  return [...byMessage].map(([message, ids]) => {
    const names = ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ');
    return `${names}: ${message}`;
  });
}
