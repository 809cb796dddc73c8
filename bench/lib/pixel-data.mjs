// Data that are hard to draw: each {t, v, interval, spikes}, with `spikes` the times of samples that stand alone.
const span = 1_000_000;

/** A million seconds, of a sample a second or so many times fewer as `thin` says; `sparse` has always some 17,000. */
export function pixelData(thin) {
  return { noise: noise(span / thin), steps: steps(span / thin), sparse: sparse() };
}

const spikesInAll = 20;

/** A thermometer: it wanders, and is noisy. */
function noise(n) {
  const random = randomOf(1);
  const v = new Float64Array(n);
  for (let i = 0, level = 0; i < n; i++) {
    level += random() - 0.5;
    v[i] = level + Math.sqrt(n) * 0.05 * (random() + random() + random() - 1.5);
  }
  return { t: regular(n), v, interval: span / n, spikes: addSpikes(v, random) };
}

/** A heater: it stays where it is for a short or a long while, and goes elsewhere at once. */
function steps(n) {
  const random = randomOf(2);
  const v = new Float64Array(n);
  for (let i = 0, left = 0, level = 0; i < n; i++, left--) {
    if (left <= 0) {
      left = 1 + Math.floor((n / 75) * random() ** 2);
      level = 10 * random();
    }
    v[i] = level;
  }
  return { t: regular(n), v, interval: span / n, spikes: addSpikes(v, random) };
}

/** Some twenty samples a pixel at uneven times, with gaps from a part of a pixel to a hundred of them. */
function sparse() {
  const random = randomOf(3);
  const t = [];
  const v = [];
  for (let time = 0, level = 0; time < span; time += 50 * (0.5 + random())) {
    if (random() < 0.002) time += span * 0.1 * random() ** 3;
    if (time >= span) break;
    level += random() - 0.5;
    t.push(time);
    v.push(level + 2 * random());
  }
  const values = Float64Array.from(v);
  return { t: Float64Array.from(t), v: values, interval: 50, spikes: addSpikes(values, random, t) };
}

function regular(n) {
  return Float64Array.from({ length: n }, (_, i) => (i * span) / n);
}

/** One sample far out of the others, evenly spread in time and not two alike. Returns their times. */
function addSpikes(v, random, t = regular(v.length)) {
  const [least, greatest] = v.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  const range = greatest - least;
  return Array.from({ length: spikesInAll }, (_, k) => {
    const i = Math.floor(((k + random()) / spikesInAll) * v.length);
    v[i] = k % 2 === 0 ? greatest + range * 0.5 * random() : least - range * 0.5 * random();
    return t[i];
  });
}

/** Evenly spread numbers from 0 to 1, the same in each run (mulberry32). */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
