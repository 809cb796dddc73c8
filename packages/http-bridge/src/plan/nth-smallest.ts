/**
 * The number that would stand at place `k` of `v` if it were sorted, without sorting all of it (Hoare's quickselect);
 * undefined where there is no such place. It changes the order of `v`, which holds no NaN.
 */
export function nthSmallest(v: Float64Array, k: number): number | undefined {
  let from = 0;
  let to = v.length - 1;
  while (from < to) {
    const pivot = medianOf(v[from]!, v[(from + to) >> 1]!, v[to]!);
    let i = from;
    let j = to;
    while (i <= j) {
      while (v[i]! < pivot) i++;
      while (v[j]! > pivot) j--;
      if (i > j) break;
      const x = v[i]!;
      v[i++] = v[j]!;
      v[j--] = x;
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else break;
  }
  return v[k];
}

function medianOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
