import { type Samples, spans } from './samples.js';
import { formatValue, type Value } from './values.js';
import { formatUtc } from './time.js';

/** A string or bool field, drawn as the states it went through. */
export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly samples: Samples;
}

/** More states than this in one lane can't be told apart on a screen. */
const mostSpans = 400;
const colors = 8;

/** A colour a state keeps, whenever and wherever it is shown. */
function colorOf(value: Value): string {
  if (value === true) return 'var(--series-3)';
  if (value === false || value === null) return 'transparent';
  let hash = 0;
  for (const c of String(value)) hash = (hash * 31 + c.codePointAt(0)!) >>> 0;
  return `var(--series-${(hash % colors) + 1})`;
}

/** Draws the lanes in step with the plot's time axis (`area`), or over the whole width where there is no plot. */
export function drawLanes(
  element: HTMLElement,
  lanes: readonly Lane[],
  from: number,
  to: number,
  area: { readonly left: number; readonly width: number } | null,
): void {
  element.replaceChildren(
    ...lanes.map((lane) => {
      const all = spans(lane.samples, from, to);
      const shown = all.slice(-mostSpans);
      const name = document.createElement('div');
      name.className = 'lane-name';
      name.textContent = all.length > shown.length ? `${lane.label} (the last ${mostSpans} states)` : lane.label;
      const row = document.createElement('div');
      row.className = 'lane';
      row.setAttribute('role', 'img');
      row.setAttribute(
        'aria-label',
        `${lane.label}: ${shown
          .map((s) => formatValue(s.value))
          .slice(-20)
          .join(', ')}`,
      );
      if (area) {
        row.style.marginLeft = `${area.left}px`;
        row.style.width = `${area.width}px`;
      }
      for (const span of shown) {
        if (span.value === null) continue;
        const state = document.createElement('div');
        state.className = 'state';
        state.style.left = `${((span.from - from) / (to - from)) * 100}%`;
        state.style.width = `${((span.to - span.from) / (to - from)) * 100}%`;
        state.style.setProperty('--state', colorOf(span.value));
        state.textContent = formatValue(span.value);
        state.title = `${formatValue(span.value)}, ${formatUtc(span.from)} to ${formatUtc(span.to)} UTC`;
        row.append(state);
      }
      const box = document.createElement('div');
      box.append(name, row);
      return box;
    }),
  );
}
