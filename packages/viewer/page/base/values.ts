/** A sample as the page holds it; null is a gap. */
export type Value = number | boolean | string | null;

/** A number short enough to read at a glance, exact enough to notice a change (six digits). */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e7 || size < 1e-4 ? value.toExponential(3).replace('e+', 'e') : String(Number(value.toPrecision(6)));
  return text.replaceAll('-', '−');
}

/** Any value as text, without its unit. */
export function formatValue(value: Value): string {
  if (value === null) return '–';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return value;
}

/** A value with its unit, which is left away where there is no value. */
export function withUnits(value: Value, units: string | null): string {
  const text = formatValue(value);
  return value === null || !units ? text : `${text} ${units}`;
}

/** Labels of an axis: as many digits as the step between them needs, so that all of them have the same. */
export function formatTicks(ticks: readonly (number | null)[], step: number): (string | null)[] {
  const largest = ticks.reduce<number>((most, tick) => Math.max(most, Math.abs(tick ?? 0)), 0);
  const isPlain = largest < 1e7 && (largest === 0 || largest >= 1e-4);
  const digits = digitsOf(step);
  return ticks.map((tick) => {
    if (tick === null) return null;
    return isPlain ? tick.toFixed(digits).replace('-', '−') : formatNumber(Number(tick.toPrecision(6)));
  });
}

/** Digits behind the point that a step needs: 0.25 has two. */
function digitsOf(step: number): number {
  for (let digits = 0; digits < 12; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 12;
}
