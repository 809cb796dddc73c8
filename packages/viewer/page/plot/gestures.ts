import { between, type Span } from '../state/range.js';
import { movedLimits } from './axis-limits.js';
import type { Plot } from './plot.js';

/** What a person does to a plot with a mouse, a finger or two. Times are those of the plot. */
export interface GestureHandlers {
  /** A piece of time was marked. */
  readonly onSelect: (span: Span) => void;
  /** The plot is being moved or stretched: many times while it lasts. */
  readonly onSlide: (span: Span) => void;
  /** The same of the ends of an axis; null: as the data want them. */
  readonly onLimits: (unit: string, limits: readonly [number, number] | null) => void;
  /** Once after each of these movements. */
  readonly onSettle: () => void;
  readonly onBack: () => void;
  /** Where the pointer is; null: gone. */
  readonly onPoint: (t: number | null) => void;
}

interface GestureOptions {
  readonly element: HTMLElement;
  readonly plot: Plot;
  readonly span: () => Span;
  readonly isLog: () => boolean;
  readonly handlers: GestureHandlers;
}

export interface Gestures {
  /** Where a mouse rests over the plotted area, in CSS pixels; null: nowhere. */
  restsAt(): number | null;
}

/** Less than so many pixels is a click, not a drag. */
const leastDrag = 4;
/** What a turn of the wheel by 100 pixels does. */
const wheelFactor = 1.25;

type Kind = 'select' | 'pan' | 'axis' | 'pinch';

interface Gesture {
  readonly kind: Kind;
  readonly x: number;
  readonly y: number;
  readonly span: Span;
  readonly axis: NonNullable<ReturnType<Plot['axisAt']>> | null;
  /** Fingers at the beginning, by their number: places over the plotted area. */
  readonly fingers: ReadonlyMap<number, number>;
  isMoving: boolean;
}

/**
 * Drag: zoom. Shift and drag, the middle button, the axis of times, a finger: move. Two fingers, Ctrl and the wheel: zoom.
 * Sideways wheel: move. On an axis of values: drag moves it, the wheel stretches it, a double click frees it.
 */
export function watchGestures({ element, plot, span, isLog, handlers }: GestureOptions): Gestures {
  const selection = document.createElement('div');
  selection.className = 'selection';
  selection.hidden = true;
  plot.over.append(selection);
  const fingers = new Map<number, number>();
  let gesture: Gesture | null = null;
  let rest: number | null = null;

  function point(x: number | null): void {
    rest = x;
    handlers.onPoint(x === null ? null : plot.timeAt(x));
  }

  function placeOf(event: MouseEvent): { readonly x: number; readonly y: number } {
    const { left, top } = element.getBoundingClientRect();
    const area = plot.area();
    return { x: event.clientX - left - area.left, y: event.clientY - top - area.top };
  }

  function kindOf(event: PointerEvent, x: number, y: number): Kind | null {
    const { left, top, height, width } = plot.area();
    if (fingers.size === 2) return 'pinch';
    if (plot.axisAt(x + left, y + top)) return 'axis';
    if (x < 0 || x > width || y < 0) return null;
    if (event.pointerType === 'touch' || event.shiftKey || event.button === 1 || y > height) return 'pan';
    return event.button === 0 ? 'select' : null;
  }

  function begin(event: PointerEvent): void {
    const { x, y } = placeOf(event);
    if (event.pointerType === 'touch') fingers.set(event.pointerId, x);
    const kind = kindOf(event, x, y);
    if (kind === null) return;
    const { left, top } = plot.area();
    const axis = kind === 'axis' ? plot.axisAt(x + left, y + top) : null;
    gesture = { kind, x, y, span: span(), axis, fingers: new Map(fingers), isMoving: kind === 'pinch' };
    element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
  }

  function move(event: PointerEvent): void {
    const { x, y } = placeOf(event);
    if (event.pointerType === 'touch' && fingers.has(event.pointerId)) fingers.set(event.pointerId, x);
    const { width, height } = plot.area();
    const isOver = x >= 0 && x <= width && y >= -10 && y <= height + 10_000;
    if (!gesture) return point(isOver && event.pointerType !== 'touch' ? x : null);
    const isFar = Math.hypot(x - gesture.x, y - gesture.y) >= leastDrag;
    if (!gesture.isMoving && !isFar) return;
    gesture.isMoving = true;
    follow(gesture, x, y);
  }

  function follow(now: Gesture, x: number, y: number): void {
    const { width, height } = plot.area();
    switch (now.kind) {
      case 'select': {
        const [from, to] = [now.x, x].map((at) => Math.min(width, Math.max(0, at))).sort((a, b) => a - b);
        selection.hidden = false;
        selection.style.left = `${from!}px`;
        selection.style.width = `${to! - from!}px`;
        handlers.onPoint(plot.timeAt(Math.min(width, Math.max(0, x))));
        break;
      }
      case 'pan': {
        // By whole pixels of the screen: pieces on the same buckets fit together.
        const ratio = window.devicePixelRatio;
        const shift = ((Math.round((x - now.x) * ratio) / ratio) * (now.span.to - now.span.from)) / width;
        handlers.onSlide({ from: now.span.from - shift, to: now.span.to - shift });
        break;
      }
      case 'pinch': {
        const slid = pinched(now, fingers, width);
        if (slid) handlers.onSlide(slid);
        break;
      }
      case 'axis': {
        const { unit, limits } = now.axis!;
        handlers.onLimits(unit, movedLimits(limits, { by: (y - now.y) / height, log: isLog() }));
        break;
      }
    }
  }

  function end(event: PointerEvent): void {
    fingers.delete(event.pointerId);
    const ended = gesture;
    gesture = null;
    selection.hidden = true;
    if (!ended) return;
    const { x } = placeOf(event);
    const { width } = plot.area();
    if (!ended.isMoving) {
      if (event.pointerType === 'touch' && event.type === 'pointerup') handlers.onPoint(plot.timeAt(x));
      return;
    }
    if (ended.kind === 'select' && event.type === 'pointerup') {
      const [from, to] = [ended.x, x].map((at) => plot.timeAt(Math.min(width, Math.max(0, at)))).sort((a, b) => a - b);
      handlers.onSelect({ from: from!, to: to! });
    } else if (ended.kind !== 'select') handlers.onSettle();
  }

  /** A wheel does not say when it stands still. */
  let settling: ReturnType<typeof setTimeout> | undefined;
  function settleSoon(): void {
    clearTimeout(settling);
    settling = setTimeout(handlers.onSettle, 250);
  }

  function slideTo(next: Span): void {
    handlers.onSlide(next);
    settleSoon();
  }

  function wheel(event: WheelEvent): void {
    const { x, y } = placeOf(event);
    const { left, top, width, height } = plot.area();
    const axis = plot.axisAt(x + left, y + top);
    const turned = (event.deltaY * (event.deltaMode === 1 ? 16 : 1)) / 100;
    const factor = wheelFactor ** Math.max(-3, Math.min(3, turned));
    if (axis) {
      event.preventDefault();
      const at = Math.min(1, Math.max(0, 1 - y / height));
      handlers.onLimits(axis.unit, movedLimits(axis.limits, { factor, at, log: isLog() }));
      settleSoon();
      return;
    }
    if (x < 0 || x > width) return;
    const { from, to } = span();
    if (event.ctrlKey || event.altKey || y > height) {
      event.preventDefault();
      const t = plot.timeAt(x);
      const wider = between(t - (t - from) * factor, t + (to - t) * factor);
      if (wider.kind === 'between') slideTo(wider);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      const shift = (event.deltaX * (to - from)) / width;
      slideTo({ from: from + shift, to: to + shift });
    }
  }

  element.addEventListener('pointerdown', begin);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
  element.addEventListener('pointerleave', (event) => {
    if (!gesture && event.pointerType !== 'touch') point(null);
  });
  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('dblclick', (event) => {
    const { x, y } = placeOf(event);
    const { left, top } = plot.area();
    const axis = plot.axisAt(x + left, y + top);
    if (!axis) return handlers.onBack();
    handlers.onLimits(axis.unit, null);
    handlers.onSettle();
  });

  return { restsAt: () => rest };
}

/** The times under two fingers stay under them. */
function pinched(start: Gesture, now: ReadonlyMap<number, number>, width: number): Span | null {
  const ids = [...start.fingers.keys()].filter((id) => now.has(id));
  const [a, b] = ids;
  if (a === undefined || b === undefined) return null;
  const { from, to } = start.span;
  const timeOf = (x: number) => from + (x / width) * (to - from);
  const [a0, b0] = [start.fingers.get(a)!, start.fingers.get(b)!];
  const [a1, b1] = [now.get(a)!, now.get(b)!];
  if (Math.abs(b0 - a0) < 1 || Math.abs(b1 - a1) < 10 || Math.sign(b1 - a1) !== Math.sign(b0 - a0)) return null;
  const perPixel = (timeOf(b0) - timeOf(a0)) / (b1 - a1);
  const begin = timeOf(a0) - a1 * perPixel;
  const span = between(begin, begin + width * perPixel);
  return span.kind === 'between' ? span : null;
}
