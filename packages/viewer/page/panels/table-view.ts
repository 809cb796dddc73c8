import { byId, make, makeButton, setAttribute, setText } from '../base/elements.js';
import { formatSpan } from '../base/duration.js';
import { formatNumber, withUnits } from '../base/values.js';
import type { Entry } from '../data/catalog.js';
import type { Freshness } from '../data/freshness.js';
import type { NumberSamples, Sample, Samples } from '../data/samples.js';
import type { Field } from '../data/site.js';
import type { SiteModel } from '../data/site-watch.js';
import { drawSparkline } from '../plot/sparkline.js';
import type { Span } from '../state/range.js';
import { stateOf } from './field-row.js';
import { createVirtualList } from './virtual-list.js';
import { whereOf } from './where.js';

export interface TableModel {
  /** The fields of the table, in the order of the tree or of the search. */
  readonly fields: readonly Field[];
  readonly site: SiteModel;
  readonly now: number;
  readonly readings: ReadonlyMap<string, Sample>;
  readonly shown: ReadonlySet<string>;
  /** How the fields in sight went lately. */
  readonly trends: ReadonlyMap<string, Samples>;
  readonly trendSpan: Span;
  readonly color: string;
}

export interface TableHandlers {
  readonly onChoose: (id: string) => void;
  readonly onSight: () => void;
}

export interface TableView {
  show(model: TableModel): void;
  inSight(): readonly string[];
}

const sortable = ['field', 'where', 'value', 'newest'] as const;
const columns = [...sortable, 'trend', 'span'] as const;
type Sortable = (typeof sortable)[number];
const rowHeight = 30;

interface Line {
  readonly field: Field;
  readonly entry: Entry | undefined;
}

/** Latest values of many fields: how old they are, and how they went. */
export function createTableView({ onChoose, onSight }: TableHandlers): TableView {
  const element = byId('table');
  let model: TableModel | null = null;
  let lines: readonly Line[] = [];
  let sorted: { readonly by: Sortable; readonly isDown: boolean } | null = null;
  let builtFor: readonly unknown[] = [];

  const heads = columns.map((column) => {
    const cell = make('div', `th ${column}`);
    cell.setAttribute('role', 'columnheader');
    if (isSortable(column)) cell.append(makeButton('plain', column, null, () => sortBy(column)));
    else cell.textContent = column;
    return cell;
  });
  const head = make('div', 'tr head', heads);
  head.setAttribute('role', 'row');
  const headGroup = make('div', '', [head]);
  headGroup.setAttribute('role', 'rowgroup');
  const body = make('div', 'tbody');
  body.setAttribute('role', 'rowgroup');
  const grid = make('div', 'grid', [headGroup, body]);
  grid.setAttribute('role', 'table');
  grid.setAttribute('aria-label', 'Latest values');
  const empty = make('p', 'quiet none', '');
  const viewport = make('div', 'table-view', [grid, empty]);
  viewport.tabIndex = 0;
  viewport.setAttribute('role', 'region');
  viewport.setAttribute('aria-label', 'Latest values');
  element.append(viewport);
  const list = createVirtualList<Line>({
    viewport,
    list: body,
    keyOf: ({ field }) => field.id,
    create: createLine,
    update: updateLine,
    onSight,
  });

  function createLine({ field, entry }: Line): HTMLElement {
    const name = makeButton('plain name', entry?.leaf ?? field.name, null, () => onChoose(field.id));
    name.title = field.id;
    const trend = make('canvas');
    trend.setAttribute('role', 'img');
    const cells = [name, whereOf(field, entry), '', '', trend, ''].map((content, i) => {
      const cell = make('div', `td ${columns[i]}`, [content]);
      cell.setAttribute('role', 'cell');
      return cell;
    });
    const row = make('div', 'tr', cells);
    row.setAttribute('role', 'row');
    return row;
  }

  function updateLine(row: HTMLElement, { field, entry }: Line, index: number): void {
    const { site, now, readings, shown, trends, trendSpan, color } = model!;
    setAttribute(row, 'aria-rowindex', String(index + 2));
    const [name, , value, newest, trend, span] = [...row.children] as HTMLElement[];
    const { freshness, words, shortWords } = stateOf(field, site, now);
    setAttribute(row, 'data-fresh', freshness);
    setAttribute(name!.firstElementChild as HTMLElement, 'aria-pressed', String(shown.has(field.id)));
    const reading = readings.get(field.id);
    setText(value!, reading ? withUnits(reading.v, field.units) : '…');
    setText(newest!, shortWords);
    newest!.title = words;
    const samples = trends.get(field.id);
    const canvas = trend!.firstElementChild as HTMLCanvasElement;
    canvas.hidden = samples?.kind !== 'number' || samples.t.length < 2;
    const words2 = samples?.kind === 'number' ? extremesWords(samples, trendSpan) : '';
    setText(span!, words2);
    setAttribute(canvas, 'aria-label', `Trend of ${entry?.leaf ?? field.name}: ${words2 || 'nothing'}`);
    if (!canvas.hidden) drawSparkline(canvas, samples as NumberSamples, trendSpan, color);
  }

  function sortBy(column: Sortable): void {
    const isDown = sorted?.by === column ? !sorted.isDown : column === 'newest';
    sorted = sorted?.by === column && sorted.isDown !== (column === 'newest') ? null : { by: column, isDown };
    builtFor = [];
    if (model) show(model);
  }

  function show(next: TableModel): void {
    model = next;
    const { catalog } = next.site;
    // Values change all the time: an order by them is made anew now and then, not under the reader's eyes.
    const inputs = [next.fields, catalog, sorted];
    if (inputs.some((value, i) => value !== builtFor[i])) {
      builtFor = inputs;
      const all = next.fields.map((field): Line => ({ field, entry: catalog.entryOf.get(field.id) }));
      lines = sorted ? [...all].sort(orderBy(sorted.by, sorted.isDown, next)) : all;
      list.setRows(lines, rowHeight);
    } else list.refresh();
    setAttribute(grid, 'aria-rowcount', String(lines.length + 1));
    setText(heads[4]!, `last ${formatSpan(next.trendSpan.to - next.trendSpan.from)}`);
    setText(heads[5]!, 'least … greatest');
    heads.forEach((cell, i) => {
      const by = sorted?.by === columns[i] ? (sorted!.isDown ? 'descending' : 'ascending') : 'none';
      if (isSortable(columns[i]!)) setAttribute(cell, 'aria-sort', by);
    });
    setText(empty, lines.length > 0 ? '' : next.site.state ? 'No field matches the search.' : 'Loading …');
  }

  return { show, inSight: () => list.inSight().map(({ field }) => field.id) };
}

const freshOrder: readonly Freshness[] = ['gone', 'stale', 'late', 'live', 'resting', 'none'];

function isSortable(column: string): column is Sortable {
  return (sortable as readonly string[]).includes(column);
}

function orderBy(column: Sortable, isDown: boolean, { site, now, readings }: TableModel): (a: Line, b: Line) => number {
  const collator = new Intl.Collator('en', { numeric: true });
  const sign = isDown ? -1 : 1;
  const age = ({ field }: Line) => {
    const { freshness, newest } = stateOf(field, site, now);
    return [freshOrder.length - freshOrder.indexOf(freshness), newest === null ? 0 : now - newest] as const;
  };
  switch (column) {
    case 'newest':
      return (a, b) => {
        const [x, y] = [age(a), age(b)];
        return sign * (x[0] - y[0] || x[1] - y[1]);
      };
    case 'value':
      return (a, b) => {
        const [x, y] = [a, b].map(({ field }) => readings.get(field.id)?.v ?? null);
        if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
        return sign * collator.compare(String(x), String(y));
      };
    case 'where':
      return (a, b) => sign * collator.compare(whereOf(a.field, a.entry), whereOf(b.field, b.entry));
    case 'field':
      return (a, b) => sign * collator.compare(a.entry?.leaf ?? a.field.name, b.entry?.leaf ?? b.field.name);
  }
}

function extremesWords({ t, v }: NumberSamples, { from }: Span): string {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < t.length; i++) {
    if (t[i]! < from) continue;
    if (v[i]! < min) min = v[i]!;
    if (v[i]! > max) max = v[i]!;
  }
  return max >= min ? `${formatNumber(min)} … ${formatNumber(max)}` : '';
}
