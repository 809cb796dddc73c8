import { make, makeButton, setText } from '../base/elements.js';
import { formatRate, formatTime } from '../base/time.js';
import { withUnits } from '../base/values.js';
import type { Field } from '../data/site.js';
import { nodeOf, timelineOf } from '../data/site-watch.js';
import { stateOf } from './field-row.js';
import type { SidebarModel } from './sidebar.js';
import { aboutField } from './where.js';

const hint =
  'Click a field to plot it, click again to take it away. Shift: in a plot of its own. Or drag it onto a plot.';

export interface Details {
  show(field: Field | null, model: SidebarModel): void;
}

/** Everything about the field that the pointer or the keyboard is at. */
export function createDetails(element: HTMLElement, onChoose: (id: string) => void): Details {
  let builtFor: readonly unknown[] = [];
  const newest = make('dd');
  const rate = make('dd');
  const extent = make('dd');

  function build(field: Field, model: SidebarModel): void {
    const list = make('dl');
    const add = (label: string, value: HTMLElement) => list.append(make('dt', '', label), value);
    for (const [label, text] of aboutField(field)) add(label, make('dd', '', text));
    add('newest', newest);
    add('rate', rate);
    add('data', extent);
    const entry = model.site.catalog.entryOf.get(field.id);
    const others = entry ? [entry.field, ...entry.others].filter((one) => one !== field) : [];
    if (others.length > 0) {
      const buttons = others.map((one) => {
        const kind = one.labels['joined'] ? 'joined' : nodeOf(one, model.site)?.isLive ? 'live' : 'archive';
        return makeButton('', `${one.node} (${kind})`, `Show the same field of ${one.node}`, () => onChoose(one.id));
      });
      add('also of', make('dd', 'others', buttons));
    }
    element.replaceChildren(list);
  }

  return {
    show(field, model) {
      if (!field) {
        if (builtFor.length > 0 || !element.hasChildNodes()) element.replaceChildren(make('p', 'quiet', hint));
        builtFor = [];
        return;
      }
      const key = [field, model.site.catalog];
      if (key.some((value, i) => value !== builtFor[i])) {
        builtFor = key;
        build(field, model);
      }
      const { freshness, words } = stateOf(field, model.site, model.now);
      const reading = model.readings.get(field.id);
      setText(newest, reading ? `${withUnits(reading.v, field.units)}, ${words}` : words);
      newest.dataset['fresh'] = freshness;
      const timeline = timelineOf(field, model.site);
      setText(rate, timeline?.interval ? formatRate(timeline.interval) : 'unknown');
      const span = timeline?.extent;
      setText(extent, span ? `since ${formatTime(span.from, 'utc').slice(0, 16)} UTC` : 'none yet');
    },
  };
}
