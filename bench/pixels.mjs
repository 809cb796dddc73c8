// How true a panel is: 1000 x 300 pixels drawn from what each method keeps, beside the drawing of all samples. Wrong ink in
// per cent, where the buckets are the columns of pixels, lie 0.37 of a pixel beside them, or where the plot is 4 % narrower
// than was asked for; from all samples and from stored buckets that are 2, 4 and 8 times finer than those asked for. And how
// much of that is more than a pixel off: a step that is drawn in the column beside is wrong by twice its height.
import { extremesReducer, findGaps, m4, minMax } from '@sisock/core';
import { pixelData } from './lib/pixel-data.mjs';
import { compareInk, draw } from './lib/raster.mjs';
import { report } from './lib/table.mjs';

const width = 1000;
const height = 300;
/** Within the data, and beside the edges of stored buckets, which lie on multiples of their width. */
const from = 1090.3;
const to = 992_390.3;
const plots = {
  aligned: { columns: width, shift: 0 },
  shifted: { columns: width, shift: 0.37 },
  narrower: { columns: 960, shift: 0 },
};
const ratios = [2, 4, 8];
const data = pixelData(process.argv.includes('--quick') ? 5 : 1);

/** What is kept, for so many points a column of pixels at most: 2, 4, 2, 4, 4, 8. */
const methods = [
  { name: 'stride 2W', pick: stride(2) },
  { name: 'stride 4W', pick: stride(4) },
  { name: 'min-max W', pick: reduced(minMax, 1, 'minmax'), blocks: true },
  { name: 'min-max 2W', pick: reduced(minMax, 2, 'minmax'), blocks: true },
  { name: 'M4 W', pick: reduced(m4, 1, 'm4'), blocks: true },
  { name: 'M4 2W', pick: reduced(m4, 2, 'm4'), blocks: true },
];

const rows = [];
for (const [kind, samples] of Object.entries(data)) {
  const all = { t: samples.t, v: samples.v, gaps: findGaps(samples.t, { interval: samples.interval }) };
  for (const { name, pick, blocks } of methods) {
    for (const ratio of [0, ...(blocks ? ratios : [])]) {
      const row = { kind, name, ratio, wrong: {}, far: {} };
      for (const [plot, place] of Object.entries(plots)) {
        const view = { ...edges(samples), from, to, width: place.columns, height };
        const kept = pick(samples, place.shift, ratio);
        const ink = compareInk(draw(kept, kept.gaps, view), inkOf(kind, plot, all, view), view.width);
        row.wrong[plot] = ink.wrong;
        row.far[plot] = ink.far;
        const times = new Set(kept.t);
        row.spikes = samples.spikes.filter((t) => times.has(t)).length / samples.spikes.length;
        row.points = kept.t.length;
      }
      rows.push(row);
    }
  }
}
printAll();
reportChosen();

/** Drawn once a plot. */
function inkOf(kind, plot, all, view) {
  inkOf.drawn ??= new Map();
  const key = `${kind} ${plot}`;
  if (!inkOf.drawn.has(key)) inkOf.drawn.set(key, draw(all, all.gaps, view));
  return inkOf.drawn.get(key);
}

function edges({ v }) {
  let [least, greatest] = [Infinity, -Infinity];
  for (const x of v) {
    if (x < least) least = x;
    if (x > greatest) greatest = x;
  }
  return { least, greatest };
}

/** `perPixel` buckets a pixel, `shift` pixels beside the columns; `ratio` 0: from all samples. */
function reduced(reduce, perPixel, method) {
  return ({ t, v, interval }, shift, ratio) => {
    const bucket = (to - from) / width / perPixel;
    const buckets = { start: from + (shift - 1) * perPixel * bucket, width: bucket, count: (width + 2) * perPixel };
    const blockWidth = ratio === 0 ? undefined : bucket / ratio;
    const source = blockWidth === undefined ? { t, v } : stored(t, v, blockWidth);
    const kept = reduce(buckets, source.t, { kind: 'f64', v: source.v });
    return { t: kept.t, v: kept.column.v, gaps: findGaps(kept.t, { interval, buckets, method, blockWidth }) };
  };
}

/** What tiles hold, in buckets on multiples of their width. */
function stored(t, v, blockWidth) {
  const reducer = extremesReducer({ start: 0, width: blockWidth, count: Math.ceil(to / blockWidth) + 2 }, 'stored');
  reducer.push(t, { kind: 'f64', v });
  const [{ t: times, column }] = reducer.finish().pieces;
  return { t: times, v: column.v };
}

/** Each n-th sample, as the original's `min_stride` does. */
function stride(perPixel) {
  return ({ t, v, interval }) => {
    const step = Math.max(1, Math.round(t.length / (width * perPixel)));
    const rows = Array.from({ length: Math.ceil(t.length / step) }, (_, i) => i * step);
    const kept = Float64Array.from(rows, (i) => t[i]);
    return { t: kept, v: Float64Array.from(rows, (i) => v[i]), gaps: findGaps(kept, { interval: interval * step }) };
  };
}

function printAll() {
  const short = (x) => x.toFixed(1).padStart(9);
  console.log(`wrong ink, %; more than a pixel off    ${[...Object.keys(plots), ...Object.keys(plots)].map((p) => p.padStart(9)).join('')}   spikes  points`); // prettier-ignore
  for (const { kind, name, ratio, wrong, far, spikes, points } of rows) {
    const from = ratio === 0 ? 'all samples' : `blocks 1/${ratio}`;
    const figures = [...Object.values(wrong), ...Object.values(far)].map(short).join('');
    console.log(`${kind.padEnd(8)}${name.padEnd(12)}${from.padEnd(18)}${figures}${`${Math.round(100 * spikes)} %`.padStart(9)}${String(points).padStart(8)}`); // prettier-ignore
  }
}

/** What panels and the page are drawn by, beside a stride of as many points. */
function reportChosen() {
  const of = (kind, name, ratio) => rows.find((row) => row.kind === kind && row.name === name && row.ratio === ratio);
  const figure = (what, ours, peer, more = {}) => {
    const compared = { peer, peerName: 'stride', lowerIsBetter: true };
    report({ what: `wrong ink: ${what}`, unit: '%', ours, ...compared, ...more });
  };
  for (const kind of Object.keys(data)) {
    const worst = (name, ratio) => Math.max(...Object.values(of(kind, name, ratio).wrong));
    const slow = worst('stride 4W', 0);
    figure(`${kind}, panel (min-max 2W)`, worst('min-max 2W', 0), slow, { goal: '<= 3' });
    figure(`${kind}, panel out of blocks`, worst('min-max 2W', 2), slow, { goal: '<= 3' });
    const aligned = of(kind, 'stride 4W', 0).wrong.aligned;
    figure(`${kind}, page (M4 W)`, of(kind, 'M4 W', 0).wrong.aligned, aligned, { goal: '<= 1' });
    figure(`${kind}, page out of blocks`, of(kind, 'M4 W', 4).wrong.aligned, aligned, { goal: '<= 3' });
    const far = (row) => Math.max(...Object.values(row.far));
    const chosen = ['min-max 2W', 'M4 W'].flatMap((name) => [0, 2, 4].map((ratio) => of(kind, name, ratio)));
    const off = Math.max(...chosen.map(far));
    report({ what: `ink more than a pixel off: ${kind}`, unit: '%', ours: off, peer: far(of(kind, 'stride 4W', 0)), peerName: 'stride', lowerIsBetter: true, goal: '<= 0.5' }); // prettier-ignore
  }
  const kept = rows.filter(({ name }) => !name.startsWith('stride'));
  const least = Math.min(...kept.map(({ spikes }) => spikes));
  report({ what: 'spikes kept', unit: '%', ours: 100 * least, peer: 100 * Math.max(...rows.filter((r) => r.name.startsWith('stride')).map((r) => r.spikes)), peerName: 'stride', goal: '>= 100' }); // prettier-ignore
}
