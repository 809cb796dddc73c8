import type uPlotType from 'uplot';
import uPlot from './vendor/uPlot.esm.js';
import type { Samples } from './samples.js';
import { formatNumber } from './values.js';

/** One numeric line of the plot. */
export interface Line {
  readonly id: string;
  readonly label: string;
  readonly units: string | null;
  readonly color: string;
  readonly samples: Samples;
}

export interface PlotHandlers {
  /** A piece of time was dragged over. */
  readonly onZoom: (from: number, to: number) => void;
  readonly onDoubleClick: () => void;
  /** The time under the cursor; null when it left. */
  readonly onCursor: (t: number | null) => void;
}

/** The drawn plot: `draw` shows lines over a range, and rebuilds itself only when lines, units or the scale's kind change. */
export interface Plot {
  draw(lines: readonly Line[], from: number, to: number, log: boolean): void;
  /** Where the plotting area lies within the element, in CSS pixels; null while there is no plot. */
  area(): { readonly left: number; readonly width: number } | null;
  clear(): void;
}

/** Times of the axis in UTC and 24 hours: from which step, how, and what is added where a larger unit begins. */
const timeLabels: uPlotType.Axis.Values = [
  [365 * 86_400, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * 86_400, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [86_400, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [0.001, '{HH}:{mm}:{ss}.{fff}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
];

/** Room above and below the data; where the data stay on one side of zero, so does the axis. */
const room = { pad: 0.08, soft: 0, mode: 3 } as const;

const scaleOf = (line: Line) => `unit ${line.units ?? ''}`;

export function createPlot(element: HTMLElement, handlers: PlotHandlers): Plot {
  let plot: uPlotType | null = null;
  let builtFor = '';
  let range = { from: 0, to: 1 };

  const size = () => ({
    width: Math.max(200, element.clientWidth - 8),
    height: Math.max(260, Math.min(560, Math.round(window.innerHeight * 0.52))),
  });
  new ResizeObserver(() => plot?.setSize(size())).observe(element);

  function build(lines: readonly Line[], data: uPlotType.AlignedData, log: boolean): uPlotType {
    const style = getComputedStyle(document.documentElement);
    const quiet = style.getPropertyValue('--quiet').trim();
    const grid = style.getPropertyValue('--grid').trim();
    const units = [...new Set(lines.map(scaleOf))];
    const scales: uPlotType.Scales = { x: { time: true, range: () => [range.from, range.to] } };
    for (const unit of units) scales[unit] = log ? { distr: 3 } : { range: { min: room, max: room } };
    return new uPlot(
      {
        ...size(),
        scales,
        legend: { show: false },
        tzDate: (t) => uPlot.tzDate(new Date(t * 1000), 'Etc/UTC'),
        cursor: {
          drag: { x: true, y: false, setScale: false },
          points: { size: 7 },
          bind: { dblclick: () => () => (handlers.onDoubleClick(), null) },
        },
        axes: [
          {
            stroke: quiet,
            grid: { stroke: grid, width: 1 },
            ticks: { stroke: grid },
            values: timeLabels,
            space: (u) => (u.width < 500 ? 54 : 80),
          },
          ...units.map((scale, i): uPlotType.Axis => ({
            scale,
            side: i % 2 === 0 ? 3 : 1,
            size: 62,
            stroke: units.length > 1 ? lines.find((l) => scaleOf(l) === scale)!.color : quiet,
            grid: { show: i === 0, stroke: grid, width: 1 },
            ticks: { stroke: grid },
            values: (_, ticks) => ticks.map((v) => (v === null ? null : formatNumber(v))),
            ...labelOf(lines.find((l) => scaleOf(l) === scale)!.units),
          })),
        ],
        series: [
          {},
          ...lines.map((line): uPlotType.Series => ({
            label: line.label,
            scale: scaleOf(line),
            stroke: line.color,
            width: 1.6,
            spanGaps: false,
          })),
        ],
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < 3) return;
              const from = u.posToVal(u.select.left, 'x');
              const to = u.posToVal(u.select.left + u.select.width, 'x');
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              handlers.onZoom(from, to);
            },
          ],
          setCursor: [(u) => handlers.onCursor((u.cursor.left ?? -1) < 0 ? null : u.posToVal(u.cursor.left!, 'x'))],
        },
      },
      data,
      element,
    );
  }

  return {
    draw(lines, from, to, log) {
      range = { from, to };
      const data = aligned(lines, log);
      const scheme = window.matchMedia('(prefers-color-scheme: dark)').matches;
      const key = JSON.stringify([log, scheme, lines.map((l) => [l.id, l.units, l.color])]);
      if (plot && key === builtFor) {
        plot.setData(data);
        return;
      }
      plot?.destroy();
      builtFor = key;
      plot = build(lines, data, log);
      element.setAttribute('aria-label', `Plot of ${lines.map((l) => l.label).join(', ')}; the table tells the values`);
    },
    area() {
      if (!plot) return null;
      const outer = element.getBoundingClientRect();
      const inner = plot.over.getBoundingClientRect();
      return { left: inner.left - outer.left, width: inner.width };
    },
    clear() {
      plot?.destroy();
      plot = null;
      builtFor = '';
    },
  };
}

function labelOf(units: string | null): Partial<uPlotType.Axis> {
  return units === null ? {} : { label: units, labelSize: 18, labelGap: 0 };
}

/** Lines with times of their own on one rising row of times: null where a line has a gap, undefined where it has no sample. */
function aligned(lines: readonly Line[], log: boolean): uPlotType.AlignedData {
  const tables = lines.map(({ samples }): uPlotType.AlignedData => {
    const t: number[] = [];
    const v: (number | null)[] = [];
    for (let i = 0; i < samples.t.length; i++) {
      // One value a time is all a canvas can show: of equal times the last wins.
      if (samples.t[i] === t.at(-1)) {
        t.pop();
        v.pop();
      }
      const value = samples.v[i];
      t.push(samples.t[i]!);
      v.push(typeof value === 'number' && Number.isFinite(value) && !(log && value <= 0) ? value : null);
    }
    return [t, v];
  });
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}
