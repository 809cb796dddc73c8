// Lines as a screen shows them: a pixel has ink or it has none.

/** The ink of a line through samples, broken behind those that `gaps` names. `from`, `to`: times of the left and right edge. */
export function draw({ t, v }, gaps, { from, to, least, greatest, width, height }) {
  const ink = new Uint8Array(width * height);
  const broken = new Set(gaps);
  const column = (i) => Math.floor(((t[i] - from) / (to - from)) * width);
  const row = (i) => Math.round(((v[i] - least) / (greatest - least)) * (height - 1));
  const dot = (x, y) => {
    if (x >= 0 && x < width) ink[y * width + x] = 1;
  };
  for (let i = 0; i < t.length; i++) {
    dot(column(i), row(i));
    if (i + 1 < t.length && !broken.has(i)) line(dot, column(i), row(i), column(i + 1), row(i + 1));
  }
  return ink;
}

/** Bresenham's line. */
function line(dot, x, y, toX, toY) {
  const dx = Math.abs(toX - x);
  const dy = -Math.abs(toY - y);
  const stepX = x < toX ? 1 : -1;
  const stepY = y < toY ? 1 : -1;
  for (let error = dx + dy; ;) {
    dot(x, y);
    if (x === toX && y === toY) return;
    const twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x += stepX;
    }
    if (twice <= dx) {
      error += dx;
      y += stepY;
    }
  }
}

/**
 * Pixels that differ, in per cent of those that should have ink: `wrong` all of them, `far` those that are not explained
 * by a line that lies one pixel beside where it should.
 */
export function compareInk(ink, right, width) {
  let [all, wrong, far] = [0, 0, 0];
  for (let i = 0; i < right.length; i++) {
    all += right[i];
    if (ink[i] === right[i]) continue;
    wrong++;
    if (!hasInkNear(ink[i] === 1 ? right : ink, i, width)) far++;
  }
  return { wrong: (100 * wrong) / all, far: (100 * far) / all };
}

function hasInkNear(ink, i, width) {
  const x = i % width;
  const [left, right] = [x > 0 ? -1 : 0, x < width - 1 ? 1 : 0];
  for (let row = i - width; row <= i + width; row += width) {
    for (let beside = left; beside <= right; beside++) if (ink[row + beside] === 1) return true;
  }
  return false;
}
