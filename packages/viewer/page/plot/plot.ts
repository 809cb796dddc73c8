import uPlot from 'uplot';
import type { Zone } from '../base/time.js';
import { formatTicks } from '../base/values.js';
import type { SiteEvent } from '../data/events.js';
import type { Span } from '../state/range.js';
import { axisLimits } from './axis-limits.js';
import { bandPitch, drawBands } from './draw-bands.js';
import { drawEvents } from './draw-events.js';
import { drawLine, type Projection } from './draw-line.js';
import { formatLogTick, logTicks } from './log-ticks.js';
import type { Palette } from './palette.js';
import { timeLabels, zonedDate } from './time-axis.js';
import { type Band, extremesOf, type Extremes, type Line } from './trace.js';

/** Everything a plot shows. */
export interface PlotModel {
  readonly span: Span;
  readonly now: number;
  readonly lines: readonly Line[];
  readonly bands: readonly Band[];
  readonly log: boolean;
  /** Ends of axes that were chosen, by unit. */
  readonly limits: Readonly<Record<string, readonly [number, number]>>;
  readonly events: readonly SiteEvent[];
  readonly zone: Zone;
  readonly palette: Palette;
  /** Axes on the left and on the right that there is room for, so that plots stand in line. */
  readonly sides: readonly [left: number, right: number];
}

/** Where the plotted area lies within the plot, in CSS pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Plot {
  /** Draws at once. */
  draw(model: PlotModel): void;
  area(): Area;
  /** The element over the plotted area, for pointers and marks. */
  readonly over: HTMLElement;
  /** Pixels of the screen that the plotted area is wide. */
  pixelsWide(): number;
  timeAt(left: number): number;
  leftOf(t: number): number;
  /** Height of a value of a unit within the plotted area, in CSS pixels. */
  topOf(value: number, unit: string): number;
  /** The unit whose axis lies at a place of the plot, and its ends; null where there is none. */
  axisAt(x: number, y: number): { readonly unit: string; readonly limits: readonly [number, number] } | null;
  canvas(): HTMLCanvasElement;
  destroy(): void;
}

/** Width of an axis of values and height of the one of times, in CSS pixels. */
const axisWidth = 56;
const timeHeight = 40;
const topRoom = 22;
const edgeRoom = 16;
const leastHeight = 8;

/** The unit of a line as axes know it. */
export const unitOf = (line: { readonly units: string | null }) => line.units ?? '';

/** The units of lines, each once, in their order. */
export function unitsOf(lines: readonly { readonly units: string | null }[]): readonly string[] {
  return [...new Set(lines.map(unitOf))];
}

/** How many axes stand on each side. */
export function sidesOf(units: number): readonly [left: number, right: number] {
  return [Math.max(1, Math.ceil(units / 2)), Math.floor(units / 2)];
}

/** A plot that fills an element. uPlot makes its axes; what lies between them is drawn here. */
export function createPlot(element: HTMLElement): Plot {
  let model: PlotModel | null = null;
  let limits = new Map<string, readonly [number, number]>();
  let plot: uPlot | null = null;
  let builtFor = '';
  const over = document.createElement('div');
  over.className = 'over';

  const size = () => ({ width: Math.max(120, element.clientWidth), height: Math.max(80, element.clientHeight) });
  const resized = new ResizeObserver(() => {
    const { width, height } = size();
    if (plot && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height });
  });
  resized.observe(element);

  function build(shown: PlotModel): uPlot {
    const { palette, log, sides, zone, bands, lines } = shown;
    const units = unitsOf(lines);
    const own = sidesOf(units.length);
    const bandsHeight = bands.length * bandPitch;
    const scales: uPlot.Scales = { x: { time: true, auto: false, range: () => [model!.span.from, model!.span.to] } };
    for (const unit of units) scales[`y${unit}`] = { distr: log ? 3 : 1, range: () => [...limits.get(unit)!] };
    const axisFont = '11px system-ui, sans-serif';
    element.replaceChildren();
    const built = new uPlot(
      {
        ...size(),
        pxAlign: 1,
        scales,
        legend: { show: false },
        cursor: { show: false },
        padding: [topRoom, (sides[1] - own[1]) * axisWidth + edgeRoom, 0, (sides[0] - own[0]) * axisWidth],
        tzDate: zonedDate(zone),
        axes: [
          {
            stroke: palette.quiet,
            font: axisFont,
            grid: { stroke: palette.grid, width: 1 },
            ticks: { show: bands.length === 0, stroke: palette.grid, size: 5 },
            gap: bands.length === 0 ? 4 : bandsHeight + 6,
            size: timeHeight + bandsHeight,
            values: timeLabels,
            space: (u) => (u.width < 500 ? 58 : 80),
          },
          ...(units.length > 0 ? units : ['']).map((unit, i): uPlot.Axis => {
            const scale = units.length > 0 ? { scale: `y${unit}` } : {};
            return {
              ...scale,
              side: i % 2 === 0 ? 3 : 1,
              size: axisWidth,
              show: true,
              font: axisFont,
              stroke: units.length > 1 ? lines.find((line) => unitOf(line) === unit)!.color : palette.quiet,
              grid: { show: i === 0 && units.length > 0, stroke: palette.grid, width: 1 },
              ticks: { show: units.length > 0, stroke: palette.grid, size: 4 },
              gap: 4,
              space: 28,
              ...(log && units.length > 0
                ? {
                    splits: (u: uPlot, _: number, min: number, max: number) =>
                      logTicks(min, max, u.bbox.height / window.devicePixelRatio),
                    filter: (_: uPlot, ticks: number[]) => ticks,
                    values: (_: uPlot, ticks: number[]) => ticks.map(formatLogTick),
                  }
                : { values: (_, ticks, __, ___, step) => formatTicks(ticks, step) }),
            };
          }),
        ],
        series: [{}, ...units.map((unit): uPlot.Series => ({ scale: `y${unit}`, paths: () => null }))],
        hooks: { draw: [paint] },
      },
      emptyData(units.length),
      element,
    );
    built.over.append(over);
    // uPlot lays itself out a little later: where things are is asked at once.
    built.batch(() => undefined);
    return built;
  }

  function paint(self: uPlot): void {
    if (!model) return;
    const { ctx, bbox } = self;
    const { span, lines, bands, events, palette, log, now } = model;
    const ratio = window.devicePixelRatio;
    ctx.save();
    paintUnits(self, ratio, palette);
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 7 * ratio, bbox.width, bbox.height + (bands.length * bandPitch + 7) * ratio);
    ctx.clip();
    const place = { left: bbox.left, top: bbox.top, width: bbox.width, height: bbox.height, ratio };
    const bandsTop = bbox.top + bbox.height + 4 * ratio;
    drawBands(ctx, bands, { ...place, top: bandsTop, span, now }, palette);
    const bandsHeight = bands.length * bandPitch * ratio;
    drawEvents(ctx, events, { ...place, height: bbox.height + bandsHeight, span }, palette);
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const line of [...lines].sort((a, b) => Number(b.isDim) - Number(a.isDim))) {
      const [min, max] = limits.get(unitOf(line))!;
      const projection: Projection = { ...place, from: span.from, to: span.to, min, max, log };
      drawLine(ctx, line, projection);
    }
    ctx.restore();
  }

  /** Each unit stands upright over its axis. */
  function paintUnits({ ctx, bbox }: uPlot, ratio: number, palette: Palette): void {
    const units = unitsOf(model!.lines);
    ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    ctx.textBaseline = 'middle';
    units.forEach((unit, i) => {
      if (unit === '') return;
      const isLeft = i % 2 === 0;
      const out = Math.floor(i / 2) * axisWidth * ratio;
      ctx.fillStyle = units.length > 1 ? model!.lines.find((line) => unitOf(line) === unit)!.color : palette.quiet;
      ctx.textAlign = isLeft ? 'right' : 'left';
      const x = isLeft ? bbox.left - out - 8 * ratio : bbox.left + bbox.width + out + 8 * ratio;
      ctx.fillText(unit, x, bbox.top - 11 * ratio);
    });
  }

  return {
    over,
    draw(next) {
      model = next;
      limits = limitsOf(next);
      const { log, zone, sides, palette, bands, lines } = next;
      const colors = unitsOf(lines).map((unit) => lines.find((line) => unitOf(line) === unit)!.color);
      const key = JSON.stringify([log, zone, sides, palette, bands.length, unitsOf(lines), colors]);
      if (plot && key === builtFor) {
        plot.batch(() => plot!.setScale('x', { min: next.span.from, max: next.span.to }));
        return;
      }
      plot?.destroy();
      builtFor = key;
      plot = build(next);
    },
    area: () => {
      const at = plot?.over;
      return at
        ? { left: at.offsetLeft, top: at.offsetTop, width: at.clientWidth, height: at.clientHeight }
        : {
            left: axisWidth,
            top: topRoom,
            width: Math.max(50, element.clientWidth - axisWidth - edgeRoom),
            height: leastHeight,
          };
    },
    pixelsWide() {
      return Math.max(50, Math.round(this.area().width * window.devicePixelRatio));
    },
    timeAt(left) {
      const { from, to } = model!.span;
      return from + (left / this.area().width) * (to - from);
    },
    leftOf(t) {
      const { from, to } = model!.span;
      return ((t - from) / (to - from)) * this.area().width;
    },
    topOf(value, unit) {
      return plot?.valToPos(value, `y${unit}`) ?? NaN;
    },
    axisAt(x, y) {
      const { left, top, width, height } = this.area();
      if (!model || y < top || y > top + height || (x >= left && x <= left + width)) return null;
      const isLeft = x < left;
      const out = Math.floor((isLeft ? left - x : x - left - width) / axisWidth);
      const unit = unitsOf(model.lines)[2 * out + (isLeft ? 0 : 1)];
      return unit === undefined ? null : { unit, limits: limits.get(unit)! };
    },
    canvas: () => plot!.ctx.canvas,
    destroy() {
      resized.disconnect();
      plot?.destroy();
      plot = null;
    },
  };
}

/** The ends of every axis: those that were chosen, else around the data in sight. */
function limitsOf({ lines, span, log, limits }: PlotModel): Map<string, readonly [number, number]> {
  const found = new Map<string, readonly [number, number]>();
  for (const unit of unitsOf(lines)) {
    const chosen = limits[unit];
    if (chosen && (!log || chosen[0] > 0)) {
      found.set(unit, chosen);
      continue;
    }
    let all: Extremes | null = null;
    for (const line of lines) {
      const one = unitOf(line) === unit ? extremesOf(line, span, log) : null;
      if (one) all = all ? { min: Math.min(all.min, one.min), max: Math.max(all.max, one.max) } : one;
    }
    found.set(unit, axisLimits(all, log));
  }
  return found;
}

/** uPlot wants data for its scales: it gets none of ours. */
function emptyData(series: number): uPlot.AlignedData {
  return [[0, 1], ...Array.from({ length: series }, () => [null, null])];
}
