/*
 * A figure is {what, unit, ours}, with {peer, peerName} where there is somebody beside, `ratios` (a round each) where both
 * were measured in turn, p99s, requests a second with eight clients and bytes where they were, and a goal: `10x` for a
 * ratio, `<= 50` or `>= 400` for the figure itself.
 */

/** Figures as a Markdown table; the ratio says how many times better ours is than the peer. */
export function table(figures) {
  const rows = figures.map((f) => [
    f.piece,
    f.what,
    withUnit(f.ours, f.oursP99, f.unit),
    f.peer === undefined ? '' : `${withUnit(f.peer, f.peerP99, f.unit)}, ${f.peerName ?? 'peer'}`,
    ratioText(f),
    pair(f.oursPerSecond, f.peerPerSecond),
    pair(kilo(f.oursBytes), kilo(f.peerBytes)),
    f.goal ?? '',
    { true: 'yes', false: '**no**' }[isMet(f)] ?? '',
  ]);
  const head = ['suite', 'what', 'ours (p99)', 'peer (p99)', 'ratio (range)', 'req/s, 8 clients', 'kB', 'goal', 'met'];
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i].length)));
  const line = (cells) => `| ${cells.map((c, i) => c.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), `| ${widths.map((w) => '-'.repeat(w)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** How many times better ours is: the median of the rounds where there are some. */
export function ratioOf({ ours, peer, lowerIsBetter, ratios }) {
  if (ratios !== undefined) return percentile(ratios, 0.5);
  if (peer === undefined) return undefined;
  return lowerIsBetter ? peer / ours : ours / peer;
}

/** Whether the goal is reached; undefined where there is none. */
export function isMet(figure) {
  if (figure.goal === undefined) return undefined;
  const [, sign, number, times] = /^(<=|>=)?\s*([\d.]+)(x)?$/.exec(figure.goal) ?? [];
  if (number === undefined) throw new Error(`goal ${JSON.stringify(figure.goal)} is neither 10x, <= 50 nor >= 400`);
  if (times === 'x') return (ratioOf(figure) ?? NaN) >= Number(number);
  return sign === '<=' ? figure.ours <= Number(number) : figure.ours >= Number(number);
}

function ratioText(figure) {
  const ratio = ratioOf(figure);
  if (ratio === undefined) return '';
  const { ratios = [] } = figure;
  return ratios.length < 2 ? `${short(ratio)}x` : `${short(ratio)}x (${short(Math.min(...ratios))}-${short(Math.max(...ratios))})`; // prettier-ignore
}

function withUnit(value, p99, unit = '') {
  return `${short(value)}${p99 === undefined ? '' : ` (${short(p99)})`} ${unit}`.trim();
}

function pair(ours, peer) {
  if (ours === undefined) return '';
  return peer === undefined ? short(ours) : `${short(ours)} / ${short(peer)}`;
}

function kilo(bytes) {
  return bytes === undefined ? undefined : bytes / 1000;
}

/** Three digits are all a measurement on a shared machine is worth. */
export function short(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

/** Prints one figure for run.mjs. */
export function report(figure) {
  console.log(JSON.stringify(figure));
}

/** The value below which the share `p` of the values lies. */
export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
}
