import type { Field } from './api.js';
import { byId, make, setText } from './elements.js';
import { splitName } from './names.js';
import { formatAge } from './time.js';
import { formatValue, type Value } from './values.js';

/** More rows than this nobody reads: the search narrows them. */
const mostRows = 400;
/** A value older than this is shown as old. */
const oldAfterSeconds = 30;

export interface Reading {
  readonly t: number;
  readonly v: Value;
}

interface Row {
  readonly box: HTMLInputElement;
  readonly label: HTMLElement;
  readonly reading: HTMLElement;
  readonly age: HTMLElement;
}

export interface FieldList {
  setFields(fields: readonly Field[], describe: (node: string) => string): void;
  setChosen(ids: readonly string[]): void;
  /** The fields that are listed; with `onScreen` only those a person can see without scrolling. */
  listed(onScreen: boolean): readonly string[];
  setReadings(readings: ReadonlyMap<string, Reading>, now: number): void;
}

/** True when every word of the search is somewhere in the field's node, name, units or description. */
export function matches(field: Field, search: string): boolean {
  const text = `${field.id} ${field.units ?? ''} ${field.description ?? ''} ${field.type}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The searchable list of fields, grouped by node and by feed. */
export function createFieldList(onToggle: (id: string, chosen: boolean) => void): FieldList {
  const list = byId('fields');
  const search = byId<HTMLInputElement>('search');
  let fields: readonly Field[] = [];
  let describe: (node: string) => string = () => '';
  let chosen: ReadonlySet<string> = new Set();
  let readings: ReadonlyMap<string, Reading> = new Map();
  let now = 0;
  const rows = new Map<string, Row>();

  search.addEventListener('input', render);

  function makeRow(field: Field): HTMLElement {
    const box = make('input');
    box.type = 'checkbox';
    box.checked = chosen.has(field.id);
    box.dataset['field'] = field.id;
    box.addEventListener('change', () => onToggle(field.id, box.checked));
    const name = make('span', 'name', splitName(field.name).leaf);
    const reading = make('span', 'reading');
    const age = make('span', 'age');
    const label = make('label', 'field', [box, name, reading, age]);
    label.title = [field.name, field.description, field.type === 'number' ? field.units : field.type]
      .filter(Boolean)
      .join(' · ');
    rows.set(field.id, { box, label, reading, age });
    return make('li', '', [label]);
  }

  function render(): void {
    rows.clear();
    const found = fields.filter((f) => matches(f, search.value));
    const parts: Node[] = [];
    let node: string | null = null;
    let group: string | null = null;
    let items: HTMLUListElement | null = null;
    for (const field of found.slice(0, mostRows)) {
      if (field.node !== node) {
        parts.push(make('h2', '', field.node), make('p', 'about', describe(field.node)));
        [node, group, items] = [field.node, null, null];
      }
      const own = splitName(field.name).group;
      if (own !== group || !items) {
        if (own) parts.push(make('h3', '', own));
        items = make('ul');
        parts.push(items);
        group = own;
      }
      items.append(makeRow(field));
    }
    if (found.length > mostRows) {
      parts.push(make('p', 'more', `and ${found.length - mostRows} more: narrow the search`));
    }
    if (fields.length > 0 && found.length === 0) parts.push(make('p', 'more', 'No field matches this search.'));
    list.replaceChildren(...parts);
    setText(
      byId('field-count'),
      found.length === fields.length ? String(fields.length) : `${found.length} of ${fields.length}`,
    );
    showReadings();
  }

  function showReadings(): void {
    for (const field of fields) {
      const row = rows.get(field.id);
      const reading = readings.get(field.id);
      if (!row) continue;
      const units = field.units ? ` ${field.units}` : '';
      setText(
        row.reading,
        reading ? `${formatValue(reading.v)}${reading.v === null ? '' : units}` : (field.units ?? ''),
      );
      const kind = field.type === 'number' ? '' : `${field.type} · `;
      setText(row.age, kind + (reading ? formatAge(reading.t, now) : ''));
      row.label.classList.toggle('old', !reading || now - reading.t > oldAfterSeconds);
    }
  }

  return {
    setFields(next, describeNode) {
      const order = (f: Field) => `${f.node}\n${splitName(f.name).group}`;
      const sorted = [...next].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
      const same = sorted.length === fields.length && sorted.every((f, i) => f.id === fields[i]!.id);
      fields = sorted;
      describe = describeNode;
      // Rebuilding takes the keyboard focus away: only when there is something new to show.
      if (!same || rows.size === 0) render();
    },
    setChosen(ids) {
      chosen = new Set(ids);
      for (const [id, row] of rows) row.box.checked = chosen.has(id);
    },
    listed: (onScreen) => {
      const seen = ({ label }: Row) => {
        const { top, bottom, height } = label.getBoundingClientRect();
        return height > 0 && bottom > 0 && top < window.innerHeight;
      };
      return [...rows].filter(([, row]) => !onScreen || seen(row)).map(([id]) => id);
    },
    setReadings(next, at) {
      readings = next;
      now = at;
      showReadings();
    },
  };
}
