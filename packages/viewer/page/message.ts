import type { Field, SiteState } from './api.js';
import { byId, make } from './elements.js';
import type { Reading } from './field-list.js';
import { splitId } from './names.js';
import { formatUtc } from './time.js';
import type { View } from './view.js';

/** What is known when there is nothing to draw. */
export interface Nothing {
  readonly view: View;
  readonly fields: ReadonlyMap<string, Field>;
  readonly readings: ReadonlyMap<string, Reading>;
  readonly site: SiteState | null;
  /** The first answer is there. */
  readonly loaded: boolean;
}

export interface Words {
  readonly what: string;
  readonly why?: string;
  /** Where data are, as an offer to go there. */
  readonly extent?: { readonly from: number; readonly to: number };
}

/** Why there is nothing to see, and what helps. */
export function explain({ view, fields, readings, site, loaded }: Nothing): Words {
  if (!site || !loaded) return { what: 'Loading …' };
  if (fields.size === 0) {
    if (!site.connected) return { what: 'No session with the router', why: 'Data appear as soon as it is back.' };
    return site.nodes.length === 0
      ? { what: 'No data node is there yet', why: 'Data appear as soon as one joins.' }
      : { what: 'No fields yet', why: 'The data nodes have no fields so far.' };
  }
  if (view.fields.length === 0) return { what: 'Nothing chosen', why: 'Choose one or more fields from the list.' };
  const unknown = view.fields.filter((id) => !fields.has(id));
  if (unknown.length === view.fields.length) {
    return { what: 'No such field', why: `${unknown.join(', ')}: no data node serves it now.` };
  }
  const what = 'No data in this range';
  const extents = view.fields.flatMap((id) => {
    const extent = fields.get(id)?.extent;
    return extent ? [extent] : [];
  });
  if (extents.length > 0) {
    const from = Math.min(...extents.map((e) => e.from));
    const to = Math.max(...extents.map((e) => e.to));
    const subject = view.fields.length === 1 ? splitId(view.fields[0]!).name : 'These fields';
    const verb = view.fields.length === 1 ? 'has' : 'have';
    return {
      what,
      why: `${subject} ${verb} data from ${formatUtc(from)} to ${formatUtc(to)} UTC.`,
      extent: { from, to },
    };
  }
  const newest = Math.max(...view.fields.map((id) => readings.get(id)?.t ?? -Infinity));
  return Number.isFinite(newest) ? { what, why: `The newest sample is from ${formatUtc(newest)} UTC.` } : { what };
}

export interface Message {
  show(nothing: Nothing | null): void;
}

/** The words in the place of the plot. */
export function createMessage(handlers: { readonly onRange: (from: number, to: number) => void }): Message {
  const element = byId('message');
  let shown = '';

  return {
    show(nothing) {
      const words = nothing && explain(nothing);
      element.hidden = words === null;
      const key = JSON.stringify(words);
      if (words === null || key === shown) return;
      shown = key;
      const parts: HTMLElement[] = [make('p', 'what', words.what)];
      if (words.why) parts.push(make('p', 'why', words.why));
      const { extent } = words;
      if (extent) {
        const button = make('button', '', 'Show all of them');
        button.type = 'button';
        // A little beyond the last sample: a range ends before its end.
        const margin = Math.max(1, (extent.to - extent.from) * 0.001);
        button.addEventListener('click', () => handlers.onRange(extent.from, extent.to + margin));
        parts.push(button);
      }
      element.replaceChildren(...parts);
    },
  };
}
