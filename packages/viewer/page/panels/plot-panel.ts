import { make, makeButton, setText } from '../base/elements.js';
import { formatSpan } from '../base/duration.js';
import { formatTime, type Zone } from '../base/time.js';
import { createCursor } from '../plot/cursor.js';
import { eventsNear } from '../plot/draw-events.js';
import { type GestureHandlers, watchGestures } from '../plot/gestures.js';
import { createPlot, type Plot, type PlotModel } from '../plot/plot.js';
import type { Trace } from '../plot/trace.js';
import type { PlotView } from '../state/view.js';
import type { Span } from '../state/range.js';
import type { Words } from './explain.js';
import { createMenu } from './menu.js';
import { createLegend, type LegendModel } from './legend.js';

/** Everything that one plot and what stands around it shows. */
export interface PanelModel {
  readonly view: PlotView;
  readonly title: string;
  readonly plot: PlotModel;
  readonly traces: readonly Trace[];
  readonly legend: LegendModel;
  readonly cursor: number | null;
  /** In the place of a plot; null: there is something to see. */
  readonly words: Words | null;
  readonly notices: readonly string[];
  /** Fields that are chosen are shown here. */
  readonly isCurrent: boolean;
  /** There are others. */
  readonly isOneOfMany: boolean;
  readonly isLoading: boolean;
  readonly zone: Zone;
}

export interface PanelHandlers extends GestureHandlers {
  readonly onCurrent: () => void;
  readonly onLog: (log: boolean) => void;
  readonly onBefore: (seconds: number) => void;
  readonly onRemove: () => void;
  readonly onRemoveField: (id: string) => void;
  readonly onPointField: (id: string | null) => void;
  readonly onFree: () => void;
  readonly onSave: (what: Saving) => void;
  readonly onExtent: (span: Span) => void;
  /** A field was dropped: out of the list, or out of another plot (its number). */
  readonly onDrop: (id: string, from: number | null) => void;
  /** The plot's own number. */
  readonly index: () => number;
}

export interface PlotPanel {
  readonly element: HTMLElement;
  show(model: PanelModel): void;
  /** Only what follows the pointer. */
  showCursor(cursor: number | null): void;
  readonly plot: Plot;
  /** The time that a resting mouse is at within a span; null: it is elsewhere. */
  timeAtRest(span: Span): number | null;
  remove(): void;
}

/** A picture of the plot, or its data: the points that are drawn, or every sample of the range. */
export type Saving =
  { readonly kind: 'png' } | { readonly kind: 'csv'; readonly all: boolean; readonly time: 'iso' | 'unix' };

/** What is dragged: a field, and the plot it is taken from. */
export const fieldType = 'text/x-sisock-field';
const plotType = 'text/x-sisock-plot';

/** What a plot can be compared with: itself, so many seconds before. */
const earlier: readonly (readonly [seconds: number, label: string])[] = [
  [0, 'Compare …'],
  [3600, '1 hour before'],
  [86_400, '1 day before'],
  [604_800, '1 week before'],
  [2_419_200, '4 weeks before'],
  [31_536_000, '1 year before'],
];

/** Events so near to the pointer are told, in CSS pixels. */
const eventPixels = 6;

/** The time with as many digits as can be told apart here. */
function cursorWords(t: number, { from, to }: Span, zone: Zone): string {
  const digits = to - from < 30 ? 3 : 0;
  const text = formatTime(t, zone, digits);
  return to - from < 86_400 ? text.slice(11) : text;
}

export function createPlotPanel(handlers: PanelHandlers): PlotPanel {
  let shown: PanelModel | null = null;
  const title = make('h2');
  const log = makeButton('', 'log', 'log: logarithmic axis', () => handlers.onLog(!shown!.view.log));
  log.title = 'Logarithmic axis (g)';
  const compare = make('select');
  compare.setAttribute('aria-label', 'Compare with the same before');
  compare.addEventListener('change', () => handlers.onBefore(Number(compare.value)));
  const free = makeButton('', 'auto', 'Let the axes follow the data', handlers.onFree);
  const saving = createMenu('Save', [
    { label: 'Picture (PNG)', run: () => handlers.onSave({ kind: 'png' }) },
    { label: 'CSV of what is drawn', run: () => handlers.onSave({ kind: 'csv', all: false, time: 'iso' }) },
    { label: 'the same with UNIX times', run: () => handlers.onSave({ kind: 'csv', all: false, time: 'unix' }) },
    { label: 'CSV of every sample', run: () => handlers.onSave({ kind: 'csv', all: true, time: 'iso' }) },
    { label: 'the same with UNIX times', run: () => handlers.onSave({ kind: 'csv', all: true, time: 'unix' }) },
  ]);
  const close = makeButton('plain icon', '×', 'Remove this plot', handlers.onRemove);
  const loading = make('span', 'loading', 'loading');
  const head = make('header', 'plot-head', [
    title,
    loading,
    make('div', 'plot-tools', [free, log, compare, saving.element, close]),
  ]);
  const canvas = make('div', 'plot');
  canvas.setAttribute('role', 'img');
  const message = make('div', 'message');
  message.setAttribute('role', 'status');
  const eventWords = make('div', 'event-words');
  const box = make('div', 'plot-box', [canvas, message, eventWords]);
  const notices = make('ul', 'notices');
  notices.setAttribute('aria-label', 'Notices');
  const legend = createLegend({ onRemove: handlers.onRemoveField, onPoint: handlers.onPointField });
  const element = make('article', 'panel', [head, box, notices, legend.element]);
  const plot = createPlot(canvas);
  const cursor = createCursor(plot);
  const gestures = watchGestures({
    element: canvas,
    plot,
    span: () => shown!.plot.span,
    isLog: () => shown!.view.log,
    handlers,
  });

  element.addEventListener('pointerdown', () => handlers.onCurrent(), { capture: true });
  element.addEventListener('focusin', () => handlers.onCurrent());
  element.addEventListener('dragstart', (event) => {
    const field = (event.target as Element).closest<HTMLElement>('[data-field]')?.dataset['field'];
    if (!field || !event.dataTransfer) return;
    event.dataTransfer.setData(fieldType, field);
    event.dataTransfer.setData(plotType, String(handlers.index()));
    event.dataTransfer.effectAllowed = 'copyMove';
  });
  element.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes(fieldType)) return;
    event.preventDefault();
    element.classList.add('drop');
  });
  element.addEventListener('dragleave', () => element.classList.remove('drop'));
  element.addEventListener('drop', (event) => {
    element.classList.remove('drop');
    const id = event.dataTransfer?.getData(fieldType);
    if (!id) return;
    event.preventDefault();
    const from = event.dataTransfer!.getData(plotType);
    handlers.onDrop(id, from === '' ? null : Number(from));
  });

  function showWords(words: Words | null): void {
    message.hidden = words === null;
    const key = JSON.stringify(words);
    if (words === null || message.dataset['for'] === key) return;
    message.dataset['for'] = key;
    const { what, why, extent } = words;
    const parts: HTMLElement[] = [make('p', 'what', what)];
    if (why) parts.push(make('p', 'why', why));
    if (extent) parts.push(makeButton('', 'Show all of them', null, () => handlers.onExtent(extent)));
    message.replaceChildren(...parts);
  }

  function showNotices(list: readonly string[]): void {
    notices.hidden = list.length === 0;
    const key = list.join('\n');
    if (notices.dataset['for'] === key) return;
    notices.dataset['for'] = key;
    notices.replaceChildren(...list.map((text) => make('li', '', text)));
  }

  function showTools({ view, plot: { lines }, isOneOfMany, traces }: PanelModel): void {
    log.setAttribute('aria-pressed', String(view.log));
    free.hidden = Object.keys(view.limits).length === 0;
    close.hidden = !isOneOfMany && view.fields.length === 0;
    saving.setDisabled(traces.length === 0);
    log.disabled = lines.length === 0;
    const choices = earlier.some(([seconds]) => seconds === view.before)
      ? earlier
      : [...earlier, [view.before, `${formatSpan(view.before)} before`] as const];
    if (compare.options.length !== choices.length) {
      compare.replaceChildren(...choices.map(([seconds, label]) => new Option(label, String(seconds))));
    }
    compare.value = String(view.before);
    compare.classList.toggle('set', view.before > 0);
  }

  function showCursor(t: number | null): void {
    if (!shown) return;
    const { span, events } = shown.plot;
    cursor.show(t, t === null ? '' : cursorWords(t, span, shown.zone), shown.traces);
    const near = t === null ? [] : eventsNear(events, t, ((span.to - span.from) / plot.area().width) * eventPixels);
    eventWords.hidden = near.length === 0;
    if (near.length === 0 || t === null) return;
    setText(eventWords, near.map(({ title: words, text }) => (text ? `${words} (${text})` : words)).join(' · '));
    const { left, width } = plot.area();
    const x = plot.leftOf(t);
    eventWords.style.left = x < width / 2 ? `${left + x + 8}px` : '';
    eventWords.style.right = x < width / 2 ? '' : `${box.clientWidth - left - x + 8}px`;
  }

  return {
    element,
    plot,
    showCursor,
    show(model) {
      shown = model;
      element.classList.toggle('current', model.isCurrent && model.isOneOfMany);
      setText(title, model.title);
      element.setAttribute('aria-label', model.title);
      loading.hidden = !model.isLoading;
      showTools(model);
      plot.draw(model.plot);
      const names = model.traces.map((trace) => trace.label).join(', ');
      canvas.setAttribute('aria-label', names ? `Plot of ${names}; the list below tells the values` : 'Empty plot');
      showWords(model.words);
      showNotices(model.notices);
      legend.show(model.legend);
      showCursor(model.cursor);
    },
    timeAtRest({ from, to }) {
      const x = gestures.restsAt();
      return x === null ? null : from + (x / plot.area().width) * (to - from);
    },
    remove() {
      plot.destroy();
      element.remove();
    },
  };
}
