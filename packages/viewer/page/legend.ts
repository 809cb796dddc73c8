import { byId, make, setText } from './elements.js';
import { splitId, splitName } from './names.js';
import { at, newest, type Samples } from './samples.js';
import { formatAge, formatUtc } from './time.js';
import { formatValue } from './values.js';

/** One shown field. */
export interface LegendEntry {
  readonly id: string;
  readonly label: string;
  readonly units: string | null;
  readonly color: string | null;
  readonly samples: Samples | null;
}

export interface Legend {
  /** `cursor`: the time whose values are shown; null shows the newest. */
  show(entries: readonly LegendEntry[], cursor: number | null, now: number): void;
}

interface Row {
  readonly value: HTMLElement;
  readonly when: HTMLElement;
}

/** The table of what is shown: colour, name, value with units, and how old that is. */
export function createLegend(onRemove: (id: string) => void): Legend {
  const table = byId('legend');
  const body = byId('legend-rows');
  let rows = new Map<string, Row>();
  let builtFor = '';

  function build(entries: readonly LegendEntry[]): void {
    rows = new Map();
    body.replaceChildren(
      ...entries.map((entry) => {
        const swatch = make('span', 'swatch');
        if (entry.color) swatch.style.setProperty('--state', entry.color);
        const { node, name } = splitId(entry.id);
        const where = [node, splitName(name).group].filter(Boolean).join(' · ');
        const head = make('th', '', [swatch, make('span', 'label', entry.label), make('div', 'where', where)]);
        head.scope = 'row';
        const value = make('td', 'value');
        const when = make('td', 'when');
        const remove = make('button', 'remove', '×');
        remove.type = 'button';
        remove.setAttribute('aria-label', `Remove ${entry.label}`);
        remove.addEventListener('click', () => onRemove(entry.id));
        rows.set(entry.id, { value, when });
        return make('tr', '', [head, value, when, make('td', '', [remove])]);
      }),
    );
  }

  return {
    show(entries, cursor, now) {
      table.hidden = entries.length === 0;
      const key = JSON.stringify(entries.map((e) => [e.id, e.label, e.color, e.units]));
      if (key !== builtFor) {
        builtFor = key;
        build(entries);
      }
      setText(byId('legend-when'), cursor === null ? 'Latest' : 'At the cursor (UTC)');
      for (const { id, units, samples } of entries) {
        const row = rows.get(id)!;
        const sample = samples && (cursor === null ? newest(samples) : at(samples, cursor));
        setText(row.value, sample ? `${formatValue(sample.v)}${units && sample.v !== null ? ` ${units}` : ''}` : '–');
        setText(row.when, !sample ? 'no data' : cursor === null ? formatAge(sample.t, now) : formatUtc(sample.t, true));
      }
    },
  };
}
