import { make, makeButton, setText } from '../base/elements.js';
import type { Zone } from '../base/time.js';
import { formatNumber, withUnits } from '../base/values.js';
import type { Freshness } from '../data/freshness.js';
import type { Sample } from '../data/samples.js';
import type { Extremes } from '../plot/trace.js';

/** One field of a plot, as it is told beside it. */
export interface LegendEntry {
  readonly id: string;
  readonly label: string;
  readonly where: string;
  readonly units: string | null;
  readonly color: string;
  /** A state has no line. */
  readonly isState: boolean;
  readonly dash: boolean;
  /** The value at the cursor, or the newest one. */
  readonly reading: Sample | null;
  /** The same so long before, where that is drawn, too. */
  readonly before: { readonly label: string; readonly reading: Sample | null } | null;
  /** What the line spans in sight. */
  readonly extremes: Extremes | null;
  readonly freshness: Freshness;
  readonly words: string;
}

export interface LegendModel {
  readonly entries: readonly LegendEntry[];
  /** The time that is pointed at; null: the newest values are told. */
  readonly cursor: number | null;
  readonly zone: Zone;
}

export interface Legend {
  readonly element: HTMLElement;
  show(model: LegendModel): void;
}

export interface LegendHandlers {
  readonly onRemove: (id: string) => void;
  /** A field is pointed at; null: none. */
  readonly onPoint: (id: string | null) => void;
}

interface Cell {
  readonly element: HTMLElement;
  readonly value: HTMLElement;
  readonly words: HTMLElement;
}

/** What is drawn: colour, name and value of each field, how new it is, and what it spans. */
export function createLegend({ onRemove, onPoint }: LegendHandlers): Legend {
  const element = make('ul', 'legend');
  let cells = new Map<string, Cell>();
  let builtFor = '';

  function build(entries: readonly LegendEntry[]): void {
    cells = new Map(entries.map((entry) => [entry.id, cellOf(entry)]));
    element.replaceChildren(...[...cells.values()].map((cell) => cell.element));
  }

  function cellOf({ id, label, where, color, isState, dash }: LegendEntry): Cell {
    const swatch = make('span', `swatch${isState ? ' state' : ''}${dash ? ' dashed' : ''}`);
    swatch.style.setProperty('--color', color);
    const value = make('span', 'value');
    const words = make('span', 'words');
    const remove = makeButton('plain remove', '×', `Remove ${label}`, () => onRemove(id));
    const name = make('span', 'name', label);
    const first = make('div', 'line', [swatch, name, value]);
    const second = make('div', 'line', [make('span', 'where', where), words]);
    const cell = make('li', 'cell', [make('div', 'lines', [first, second]), remove]);
    cell.title = id;
    cell.draggable = true;
    cell.dataset['field'] = id;
    cell.addEventListener('pointerenter', () => onPoint(id));
    cell.addEventListener('pointerleave', () => onPoint(null));
    cell.addEventListener('focusin', () => onPoint(id));
    cell.addEventListener('focusout', () => onPoint(null));
    return { element: cell, value, words };
  }

  return {
    element,
    show({ entries, cursor }) {
      element.hidden = entries.length === 0;
      const key = JSON.stringify(entries.map((e) => [e.id, e.label, e.where, e.color, e.isState, e.dash]));
      if (key !== builtFor) {
        builtFor = key;
        build(entries);
      }
      for (const { id, units, reading, before, extremes, freshness, words } of entries) {
        const cell = cells.get(id)!;
        setText(cell.value, withUnits(reading?.v ?? null, units));
        const spans = extremes ? `${formatNumber(extremes.min)} … ${formatNumber(extremes.max)}` : '';
        const earlier = before ? `${before.label}: ${withUnits(before.reading?.v ?? null, units)}` : null;
        const isCalm = cursor !== null || freshness === 'live' || freshness === 'resting';
        setText(cell.words, isCalm ? (earlier ?? spans) : words);
        cell.element.dataset['fresh'] = cursor === null ? freshness : 'live';
      }
    },
  };
}
