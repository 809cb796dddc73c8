/** Figures as a Markdown table; the ratio says how many times better ours is than the peer. */
export function table(figures) {
  const rows = figures.map((f) => [
    f.piece,
    f.what,
    `${short(f.ours)} ${f.unit ?? ''}`.trim(),
    f.peer === undefined ? '' : `${short(f.peer)} (${f.peerName ?? 'peer'})`,
    f.peer === undefined ? '' : `${short(f.lowerIsBetter ? f.peer / f.ours : f.ours / f.peer)}x`,
    f.goal ?? '',
  ]);
  const head = ['piece', 'what', 'ours', 'peer', 'ratio', 'goal'];
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i].length)));
  const line = (cells) => `| ${cells.map((c, i) => c.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), `| ${widths.map((w) => '-'.repeat(w)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** Three digits are all a measurement on a shared machine is worth. */
function short(value) {
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
