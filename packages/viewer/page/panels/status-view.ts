import { byId, make } from '../base/elements.js';
import { morph } from '../base/morph.js';
import type { Zone } from '../base/time.js';
import type { SiteEvent } from '../data/events.js';
import type { SiteModel } from '../data/site-watch.js';
import type { Attention } from './attention.js';
import { type FigureGroup, figureGroups, type MetricsNow } from './figures.js';
import { agentsTable, eventsTable, feedsTable, nodesTable, tableElement } from './status-tables.js';

export interface StatusModel {
  readonly site: SiteModel;
  readonly metrics: MetricsNow;
  readonly attention: readonly Attention[];
  readonly events: readonly SiteEvent[];
  readonly now: number;
  readonly zone: Zone;
}

export interface StatusView {
  show(model: StatusModel): void;
}

/** How the site is: what needs attention first, then everything else. */
export function createStatusView(): StatusView {
  const element = byId('status');

  return {
    show({ site, metrics, attention, events, now, zone }) {
      const parts = [
        attentionElement(attention, site),
        tableElement(nodesTable(site, now, zone)),
        tableElement(agentsTable(site, now, zone)),
        tableElement(feedsTable(site, now)),
        make('div', 'groups', figureGroups(site, metrics, now, zone).map(groupElement)),
        tableElement(eventsTable(events, zone)),
      ];
      const all = make('div', 'status-parts', parts);
      if (element.firstElementChild) morph(element.firstElementChild, all);
      else element.append(all);
    },
  };
}

function attentionElement(attention: readonly Attention[], { state }: SiteModel): HTMLElement {
  const title = make('h2', '', 'What needs attention');
  const none = state ? 'Nothing: nodes, agents and feeds are as they should be.' : 'Loading …';
  if (attention.length === 0) return make('section', 'sheet', [title, make('p', state ? 'ok' : 'quiet', none)]);
  const list = attention.map(({ level, text }) => make('li', level, text));
  return make('section', 'sheet', [title, make('ul', 'attention', list)]);
}

function groupElement({ title, figures }: FigureGroup): HTMLElement {
  const list = make(
    'dl',
    '',
    figures.flatMap(({ name, text, look }) => [make('dt', '', name), make('dd', look ?? '', text)]),
  );
  return make('section', 'sheet figures', [make('h2', '', title), list]);
}
