import { make, marked, setAttribute, setText } from '../base/elements.js';
import { withUnits } from '../base/values.js';
import type { Sample } from '../data/samples.js';
import { agentOf, type Freshness, freshnessOf, freshnessWords } from '../data/freshness.js';
import { marksOf } from '../data/search.js';
import type { Field } from '../data/site.js';
import { nodeOf, type SiteModel, timelineOf } from '../data/site-watch.js';
import type { Row } from './tree-rows.js';
import { whereOf } from './where.js';

/** What rows show beside their own names. */
export interface RowContext {
  readonly site: SiteModel;
  readonly now: number;
  readonly readings: ReadonlyMap<string, Sample>;
  readonly chosen: ReadonlySet<string>;
  readonly shown: ReadonlySet<string>;
  /** Words that were searched for, to mark them. */
  readonly asked: readonly string[];
  /** Key of the row that the keyboard or the pointer is at. */
  readonly active: string | null;
}

/** A new row of the tree, for {@link updateRow} to fill. */
export function createFieldRow(row: Row): HTMLElement {
  const element = make('div', `row ${row.kind}`);
  element.setAttribute('role', 'treeitem');
  element.dataset['key'] = row.key;
  element.style.setProperty('--depth', String(row.depth));
  if (row.kind === 'group') {
    element.append(
      make('span', 'arrow'),
      make('span', 'label', row.label),
      make('span', 'note'),
      make('span', 'count', String(row.count)),
    );
    return element;
  }
  element.draggable = true;
  const told = [make('span', 'reading')];
  if (row.isFound) told.push(make('span', 'where', whereOf(row.field, row.entry)), make('span', 'age'));
  // Blanks keep the words apart for those who hear or copy them.
  element.append(make('span', 'mark-box'), make('span', 'label'), ...told.flatMap((part) => [' ', part]));
  return element;
}

/** Brings a row up to date. */
export function updateRow(element: HTMLElement, row: Row, index: number, count: number, context: RowContext): void {
  element.id = `row-${index}`;
  setAttribute(element, 'aria-level', String(row.depth + 1));
  setAttribute(element, 'aria-posinset', String(index + 1));
  setAttribute(element, 'aria-setsize', String(count));
  element.classList.toggle('active', row.key === context.active);
  if (row.kind === 'group') {
    setAttribute(element, 'aria-expanded', String(row.isOpen));
    const node = row.depth === 0 ? nodeOf({ node: row.path[0]! }, context.site) : undefined;
    element.classList.toggle('gone', node?.reachable === false);
    const note = node?.reachable === false ? 'does not answer' : (row.note ?? '');
    setText(element.querySelector('.note')!, note);
    if (row.depth === 0 && node) element.title = node.description;
    return;
  }
  updateField(element, row, context);
}

function updateField(
  element: HTMLElement,
  { field, entry, isFound }: Extract<Row, { kind: 'field' }>,
  { site, now, readings, chosen, shown, asked }: RowContext,
): void {
  const isChosen = chosen.has(field.id);
  setAttribute(element, 'aria-selected', String(isChosen));
  element.classList.toggle('elsewhere', !isChosen && shown.has(field.id));
  const label = element.querySelector<HTMLElement>('.label')!;
  const key = `${entry.leaf} ${asked.join(' ')}`;
  if (label.dataset['for'] !== key) {
    label.dataset['for'] = key;
    label.replaceChildren(...marked(entry.leaf, marksOf(entry.leaf, asked)));
  }
  const { freshness, words, shortWords } = stateOf(field, site, now);
  const reading = readings.get(field.id);
  const value = element.querySelector<HTMLElement>('.reading')!;
  setText(value, reading ? withUnits(reading.v, field.units) : (field.units ?? ''));
  setAttribute(element, 'data-fresh', freshness);
  const age = element.querySelector<HTMLElement>('.age');
  if (age && isFound) setText(age, shortWords);
  // Colour alone tells nobody who can't see it.
  setAttribute(element, 'aria-label', [entry.leaf, value.textContent, whereOf(field, entry), words].join(', '));
}

/** How new the data of a field are, in a word for the style and in words for people. */
export function stateOf(
  field: Field,
  site: SiteModel,
  now: number,
): {
  readonly freshness: Freshness;
  /** With the reason where one is known; short: without. */
  readonly words: string;
  readonly shortWords: string;
  readonly newest: number | null;
} {
  const timeline = timelineOf(field, site);
  const freshness = freshnessOf(timeline, nodeOf(field, site), now);
  const newest = timeline?.extent?.to ?? null;
  const agent = agentOf(field, site.state?.nodes ?? []);
  const words = freshnessWords(freshness, newest, now, agent);
  return { freshness, newest, words, shortWords: freshnessWords(freshness, newest, now) };
}
