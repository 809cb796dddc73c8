/** One number of `/metrics`. */
export interface Metric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text form; lines that are none are left out. */
export function parseMetrics(text: string): readonly Metric[] {
  return text.split('\n').flatMap((line): Metric[] => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) return [];
    const [, name, labels = '', number] = match;
    const value = number === '+Inf' ? Infinity : number === '-Inf' ? -Infinity : Number(number);
    return [{ name: name!, labels: parseLabels(labels), value }];
  });
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]): [string, string] => {
    return [name!, value!.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))];
  });
  return Object.fromEntries(found);
}

/** The sum of all numbers of a name whose labels fit; null where there is none. */
export function sumOf(
  metrics: readonly Metric[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const wanted = Object.entries(labels);
  const fitting = metrics.filter((one) => one.name === name && wanted.every(([key, text]) => one.labels[key] === text));
  return fitting.length === 0 ? null : fitting.reduce((sum, { value }) => sum + value, 0);
}
