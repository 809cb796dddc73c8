import { byId, setText } from '../base/elements.js';
import type { Catalog } from '../data/catalog.js';
import { createSearch, type Search, wordsOf } from '../data/search.js';
import type { Sample } from '../data/samples.js';
import type { SiteModel } from '../data/site-watch.js';
import { createDetails } from './details.js';
import { createFieldRow, type RowContext, updateRow } from './field-row.js';
import { fieldType } from './plot-panel.js';
import { foundRows, type Row, treeRows } from './tree-rows.js';
import { createVirtualList } from './virtual-list.js';

/** What the list of fields shows beside the fields themselves. */
export interface SidebarModel {
  readonly site: SiteModel;
  readonly now: number;
  readonly readings: ReadonlyMap<string, Sample>;
  readonly search: string;
  /** Fields of the present plot, and of all plots. */
  readonly chosen: ReadonlySet<string>;
  readonly shown: ReadonlySet<string>;
}

export interface SidebarHandlers {
  readonly onSearch: (text: string) => void;
  /** Shows a field, or takes it away; `elsewhere`: in a plot of its own. */
  readonly onChoose: (id: string, elsewhere: boolean) => void;
  readonly onOpen: (isOpen: boolean) => void;
  /** Other fields came into sight. */
  readonly onSight: () => void;
}

export interface Sidebar {
  show(model: SidebarModel): void;
  /** The fields whose values can be seen. */
  inSight(): readonly string[];
  focusSearch(): void;
}

const treeRowHeight = 24;
const foundRowHeight = 38;

/** The fields: a tree by node, agent and feed, or what a search finds, best matches first. */
export function createSidebar(handlers: SidebarHandlers): Sidebar {
  const side = byId('side');
  const input = byId<HTMLInputElement>('search');
  const tree = byId('tree');
  const details = createDetails(byId('details'), (id) => handlers.onChoose(id, false));
  let model: SidebarModel | null = null;
  let search: Search | null = null;
  let searchedIn: Catalog | null = null;
  let rows: readonly Row[] = [];
  let rowsFor: readonly unknown[] = [];
  let toggled = new Set<string>();
  let active = -1;

  const context = (): RowContext => ({
    ...model!,
    asked: wordsOf(model!.search.replace(/^.*::/s, '')),
    active: rows[active]?.key ?? null,
  });
  const list = createVirtualList<Row>({
    viewport: byId('tree-view'),
    list: tree,
    keyOf: (row) => row.key,
    create: createFieldRow,
    update: (element, row, index) => updateRow(element, row, index, rows.length, context()),
    onSight: handlers.onSight,
  });

  function rowsOf({ site, search: text }: SidebarModel): readonly Row[] {
    const { catalog } = site;
    if (text.trim() === '') return treeRows(catalog, toggled);
    if (catalog !== searchedIn) [search, searchedIn] = [createSearch(catalog), catalog];
    return foundRows(search!(text));
  }

  function show(next: SidebarModel): void {
    model = next;
    if (document.activeElement !== input && input.value !== next.search) input.value = next.search;
    const isSearch = next.search.trim() !== '';
    const inputs = [next.site.catalog, next.search, toggled];
    if (inputs.some((value, i) => value !== rowsFor[i])) {
      const key = rows[active]?.key;
      const isOther = next.search !== rowsFor[1];
      rowsFor = inputs;
      rows = rowsOf(next);
      active = isOther ? -1 : rows.findIndex((row) => row.key === key);
      if (isOther) byId('tree-view').scrollTop = 0;
      list.setRows(rows, isSearch ? foundRowHeight : treeRowHeight);
    } else list.refresh();
    const { catalog } = next.site;
    const words = isSearch
      ? rows.length === 0
        ? 'No field matches.'
        : `${rows.length} of ${catalog.entries.length} fields`
      : `${catalog.entries.length} fields`;
    setText(byId('found'), next.site.state === null ? 'Loading …' : words);
    const row = rows[active];
    if (row) tree.setAttribute('aria-activedescendant', `row-${active}`);
    else tree.removeAttribute('aria-activedescendant');
    details.show(row?.kind === 'field' ? row.field : null, next);
  }

  function activate(index: number, reveal: boolean): void {
    if (rows.length === 0 || !model) return;
    active = Math.max(0, Math.min(rows.length - 1, index));
    if (reveal) list.reveal(active);
    show(model);
  }

  function toggle(key: string): void {
    toggled = new Set(toggled);
    if (!toggled.delete(key)) toggled.add(key);
    if (model) show(model);
  }

  function use(row: Row | undefined, elsewhere: boolean): void {
    if (row?.kind === 'group') toggle(row.key);
    else if (row) handlers.onChoose(row.field.id, elsewhere);
  }

  function rowOf(target: EventTarget | null): number {
    const element = (target as Element | null)?.closest<HTMLElement>('[data-key]');
    return element ? rows.findIndex((row) => row.key === element.dataset['key']) : -1;
  }

  tree.addEventListener('click', (event) => {
    const index = rowOf(event.target);
    if (index < 0) return;
    activate(index, false);
    use(rows[index], event.shiftKey);
  });
  tree.addEventListener('pointerover', (event) => {
    const index = rowOf(event.target);
    if (event.pointerType === 'mouse' && index >= 0 && index !== active) activate(index, false);
  });
  tree.addEventListener('dragstart', (event) => {
    const row = rows[rowOf(event.target)];
    if (row?.kind !== 'field') return event.preventDefault();
    event.dataTransfer!.setData(fieldType, row.field.id);
    event.dataTransfer!.setData('text/plain', row.field.id);
    event.dataTransfer!.effectAllowed = 'copyMove';
  });
  tree.addEventListener('keydown', (event) => {
    const row = rows[active];
    const page = Math.max(1, list.inSight().length - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) activate(to, true);
    else if (event.key === 'Enter' || event.key === ' ') use(row, event.shiftKey);
    else if (event.key === 'ArrowRight' && row?.kind === 'group') {
      if (!row.isOpen) toggle(row.key);
      else activate(active + 1, true);
    } else if (event.key === 'ArrowLeft' && row) {
      if (row.kind === 'group' && row.isOpen) toggle(row.key);
      else activate(parentOf(rows, active), true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  input.addEventListener('input', () => handlers.onSearch(input.value));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') {
      tree.focus();
      activate(Math.max(0, active), true);
    } else if (event.key === 'Enter') {
      const best = rows.find((row) => row.kind === 'field');
      if (input.value.trim() !== '') use(best, event.shiftKey);
    } else if (event.key === 'Escape' && input.value !== '') {
      input.value = '';
      handlers.onSearch('');
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const setOpen = (isOpen: boolean) => {
    side.classList.toggle('open', isOpen);
    handlers.onOpen(isOpen);
  };
  byId('side-open').addEventListener('click', () => {
    setOpen(true);
    input.focus();
  });
  byId('side-close').addEventListener('click', () => setOpen(false));
  side.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') setOpen(false);
  });

  return {
    show,
    inSight: () => list.inSight().flatMap((row) => (row.kind === 'field' ? [row.field.id] : [])),
    focusSearch() {
      setOpen(true);
      input.focus();
      input.select();
    },
  };
}

/** The nearest row above that stands farther out. */
function parentOf(rows: readonly Row[], index: number): number {
  const depth = rows[index]?.depth ?? 0;
  for (let i = index - 1; i >= 0; i--) if (rows[i]!.depth < depth) return i;
  return index;
}
