import type { Plot } from './plot.js';
import { unitOf } from './plot.js';
import { isLine, readingAt, type Trace } from './trace.js';

/** The marks at one time: a line across the plot, the time in words, and a dot on each line. */
export interface Cursor {
  show(t: number | null, words: string, traces: readonly Trace[]): void;
}

export function createCursor(plot: Plot): Cursor {
  const line = document.createElement('div');
  line.className = 'cursor-line';
  line.hidden = true;
  const time = document.createElement('div');
  time.className = 'cursor-time';
  plot.over.append(line, time);
  const dots: HTMLElement[] = [];

  function dot(i: number): HTMLElement {
    let element = dots[i];
    if (!element) {
      element = document.createElement('div');
      element.className = 'cursor-dot';
      dots[i] = element;
      plot.over.append(element);
    }
    return element;
  }

  return {
    show(t, words, traces) {
      const { width, height } = plot.area();
      const x = t === null ? NaN : plot.leftOf(t);
      line.hidden = !(x >= 0 && x <= width);
      time.hidden = line.hidden;
      let used = 0;
      if (!line.hidden) {
        line.style.transform = `translateX(${x}px)`;
        time.textContent = words;
        const half = time.offsetWidth / 2;
        time.style.transform = `translateX(${Math.max(0, Math.min(width - 2 * half, x - half))}px)`;
        for (const trace of traces) {
          if (!isLine(trace) || trace.isDim) continue;
          const reading = readingAt(trace, t!);
          if (typeof reading?.v !== 'number') continue;
          const left = plot.leftOf(reading.t);
          const top = plot.topOf(reading.v, unitOf(trace));
          if (!(left >= 0 && left <= width && top >= 0 && top <= height)) continue;
          const element = dot(used++);
          element.hidden = false;
          element.style.transform = `translate(${left}px, ${top}px)`;
          element.style.background = trace.color;
        }
      }
      for (const rest of dots.slice(used)) rest.hidden = true;
    },
  };
}
