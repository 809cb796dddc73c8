/** The colours of the page, as its style has them at present. */
export interface Palette {
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
  readonly surface: string;
  readonly ground: string;
  readonly warn: string;
  readonly bad: string;
  readonly ok: string;
  readonly series: readonly string[];
}

export const seriesColors = 8;

export function readPalette(root: HTMLElement): Palette {
  const style = getComputedStyle(root);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: color('text'),
    quiet: color('quiet'),
    grid: color('grid'),
    surface: color('surface'),
    ground: color('ground'),
    warn: color('warn'),
    bad: color('bad'),
    ok: color('ok'),
    series: Array.from({ length: seriesColors }, (_, i) => color(`series-${i + 1}`)),
  };
}

/** Dashes of the fields beyond as many as there are colours, and of what is drawn as it was before. */
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [5, 5]];

export function dashOf(index: number): readonly number[] {
  return dashes[Math.floor(index / seriesColors) % dashes.length]!;
}

/** Which colour a state keeps, whenever and wherever it is shown; null: it is left empty. */
export function stateColor(value: string | boolean | null): number | null {
  if (value === true) return 2;
  if (value === false || value === null) return null;
  let hash = 0;
  for (const c of value) hash = (hash * 31 + c.codePointAt(0)!) >>> 0;
  return hash % seriesColors;
}
