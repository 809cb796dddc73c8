/* Curves as SVG, by hand: both axes logarithmic, a line a series. Colours that can be told apart by everybody (Okabe, Ito). */

const [width, height] = [720, 400];
const margin = { left: 70, right: 190, top: 44, bottom: 52 };
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/**
 * A chart of `curves` ({name, points: [[x, y], ...]}); ticks of x are its own values, with words of `xText`.
 * Values of 0 and below have no place on such axes and are left out.
 */
export function chart({ title, xName, yName, curves, xText = String }) {
  const shown = curves.map(({ name, points }) => ({ name, points: points.filter(([x, y]) => x > 0 && y > 0) }));
  const all = shown.flatMap(({ points }) => points);
  const xs = [...new Set(all.map(([x]) => x))].sort((a, b) => a - b);
  const x = scale(xs[0], xs.at(-1), margin.left, width - margin.right);
  const decades = decadesOf(all.map(([, y]) => y));
  const y = scale(decades[0], decades.at(-1), height - margin.bottom, margin.top);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(margin.left, 24, title, 'font-size="15" font-weight="bold"'),
    ...decades.map((value) => grid(margin.left, y(value), width - margin.right, y(value))),
    ...decades.map((value) => text(margin.left - 8, y(value) + 4, plain(value), 'text-anchor="end"')),
    ...xs.map((value) => grid(x(value), margin.top, x(value), height - margin.bottom)),
    ...xs.map((value) => text(x(value), height - margin.bottom + 18, xText(value), 'text-anchor="middle"')),
    text((margin.left + width - margin.right) / 2, height - 12, xName, 'text-anchor="middle"'),
    text(
      16,
      (height - margin.bottom + margin.top) / 2,
      yName,
      `text-anchor="middle" transform="rotate(-90 16 ${(height - margin.bottom + margin.top) / 2})"`,
    ),
  ];
  const labels = spread(shown.map(({ points }) => (points.length > 0 ? y(points.at(-1)[1]) : 0)));
  shown.forEach(({ name, points }, k) => {
    if (points.length === 0) return;
    const colour = colours[k % colours.length];
    const path = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${round(x(px))} ${round(y(py))}`).join('');
    parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [px, py] of points)
      parts.push(`<circle cx="${round(x(px))}" cy="${round(y(py))}" r="3" fill="${colour}"/>`);
    parts.push(text(width - margin.right + 12, labels[k] + 4, name, `fill="${colour}"`));
  });
  return `${parts.join('\n')}\n</svg>\n`;
}

function scale(from, to, low, high) {
  const [a, b] = [Math.log10(from), Math.log10(to)];
  return (value) => (b === a ? (low + high) / 2 : low + ((Math.log10(value) - a) / (b - a)) * (high - low));
}

/** Powers of ten around all values. */
function decadesOf(values) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

/** Labels moved apart where they would lie on each other. */
function spread(ys) {
  const order = ys.map((_, i) => i).sort((a, b) => ys[a] - ys[b]);
  const moved = [...ys];
  for (let i = 1; i < order.length; i++) moved[order[i]] = Math.max(moved[order[i]], moved[order[i - 1]] + 15);
  return moved;
}

function plain(value) {
  return value >= 1 ? String(value) : value.toFixed(-Math.floor(Math.log10(value)));
}

function grid(x1, y1, x2, y2) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#ddd"/>`;
}

function text(x, y, words, attributes = '') {
  const safe = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${safe}</text>`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
