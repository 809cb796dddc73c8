/**
 * True when one of the patterns fits the whole name and none that begins with `!` does. `*` stands for any text, `?` for
 * any one character; capitals matter.
 */
export function matchesName(patterns: readonly string[], name: string): boolean {
  const letters = [...name];
  const fits = (pattern: string) => fitsPattern([...pattern], letters);
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))
  );
}

/** Goes back to the last `*` only, so that no pattern costs more than its length times the name's. */
function fitsPattern(pattern: readonly string[], name: readonly string[]): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
