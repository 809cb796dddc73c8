import { alignSeries, keepLast } from './combine.js';
import type { FunctionTable, GraphiteFunction } from './function-types.js';
import { unescapePath } from './path.js';
import { bucketTimes, type GraphiteSeries, type Points } from './samples.js';
import { parseOffset } from './time.js';

const series = { name: 'seriesList', type: 'seriesList', required: true } as const;
const manySeries = { name: 'seriesLists', type: 'seriesLists', required: true, multiple: true } as const;

/** Each value by itself. */
function mapValues(change: (value: number, argument: number) => number, argumentName: string): GraphiteFunction {
  return {
    group: '',
    description: '',
    params: [series, { name: argumentName, type: 'float', required: true }],
    apply: ({ name, lists, values }) => {
      const argument = values[0] as number;
      return lists.map((one) => ({
        ...one,
        name: `${name}(${one.name},${argument})`,
        v: one.v.map((value) => change(value, argument)),
      }));
    },
  };
}

function combine(of: (sum: number, count: number) => number): GraphiteFunction['apply'] {
  return ({ lists, text, path }, { means, range, now }) => {
    if (lists.length === 0) return [];
    const { step, ...points } = alignSeries(lists, means, Math.min(range.end, now), of);
    const shared = Object.entries(lists[0]!.tags).filter(([key, value]) =>
      lists.every((one) => key !== 'name' && one.tags[key] === value),
    );
    return [{ name: text, path, tags: { name: text, ...Object.fromEntries(shared) }, step, ...points }];
  };
}

function aliasPart({ path, tags }: GraphiteSeries, part: unknown): string {
  if (typeof part === 'string') return tags[part] ?? '';
  return unescapePath(path.split('.').at(part as number) ?? '');
}

/** Every function there is. Its keys are the names that targets may use. */
export const functions: FunctionTable = new Map<string, GraphiteFunction>([
  [
    'constantLine',
    {
      group: 'Special',
      description: 'A horizontal line at a value.',
      params: [{ name: 'value', type: 'float', required: true }],
      apply: ({ values, text }, env) => {
        const value = values[0] as number;
        const name = String(value);
        return [{ name, path: text, tags: { name }, step: null, ...constant(value, env) }];
      },
    },
  ],
  [
    'alias',
    {
      group: 'Alias',
      description: 'Gives the series a name.',
      params: [series, { name: 'newName', type: 'string', required: true }],
      apply: ({ lists, values }) => lists.map((one) => ({ ...one, name: values[0] as string })),
    },
  ],
  [
    'aliasByNode',
    {
      group: 'Alias',
      description: 'Names each series by parts of its path, counted from 0, from the end below 0; or by its tags.',
      params: [series, { name: 'nodes', type: 'nodeOrTag', required: true, multiple: true }],
      apply: ({ lists, values }) =>
        lists.map((one) => ({ ...one, name: values.map((part) => aliasPart(one, part)).join('.') })),
    },
  ],
  [
    'scale',
    {
      ...mapValues((value, factor) => value * factor, 'factor'),
      group: 'Transform',
      description: 'Multiplies each value by a factor.',
    },
  ],
  [
    'offset',
    {
      ...mapValues((value, amount) => value + amount, 'factor'),
      group: 'Transform',
      description: 'Adds an amount to each value.',
    },
  ],
  [
    'timeShift',
    {
      group: 'Transform',
      description: 'The series of another time: "1d" or "-1d" shows it a day later, "+1d" a day earlier.',
      params: [
        series,
        { name: 'timeShift', type: 'interval', required: true, suggestions: ['1h', '1d', '7d'] },
        { name: 'resetEnd', type: 'boolean', required: false, default: true },
        { name: 'alignDst', type: 'boolean', required: false, default: false },
      ],
      shift: (values) => shiftOf(values[0] as string),
      apply: ({ lists, values }) =>
        lists.map((one) => ({ ...one, name: `timeShift(${one.name},"${String(values[0])}")` })),
    },
  ],
  [
    'sumSeries',
    {
      group: 'Combine',
      description: 'The sum of all series, on common steps.',
      params: [manySeries],
      regular: true,
      apply: combine((sum) => sum),
    },
  ],
  [
    'averageSeries',
    {
      group: 'Combine',
      description: 'The mean of all series, on common steps.',
      params: [manySeries],
      regular: true,
      apply: combine((sum, count) => sum / count),
    },
  ],
  [
    'keepLastValue',
    {
      group: 'Transform',
      description: 'Fills gaps, of at most limit steps where one is given, with the value before them.',
      params: [series, { name: 'limit', type: 'integer', required: false }],
      apply: ({ lists, values }, { range, now, drawn, means, inSteps }) => {
        const limit = (values[0] as number | undefined) ?? Infinity;
        const end = Math.min(range.end, now);
        const least = inSteps ? means.width : drawn.width / 2;
        return lists.map((one) => ({
          ...one,
          name: `keepLastValue(${one.name})`,
          ...keepLast(one, limit, end, least),
        }));
      },
    },
  ],
  [
    'removeBelowValue',
    {
      ...mapValues((value, least) => (value < least ? NaN : value), 'n'),
      group: 'Filter Data',
      description: 'Takes out the values below a limit.',
    },
  ],
  [
    'removeAboveValue',
    {
      ...mapValues((value, greatest) => (value > greatest ? NaN : value), 'n'),
      group: 'Filter Data',
      description: 'Takes out the values above a limit.',
    },
  ],
]);

/** Start, middle and end to draw; a value a bucket where it is summed up. */
function constant(value: number, { inSteps, means, range: { start, end } }: Parameters<GraphiteFunction['apply']>[1]) {
  const t = inSteps
    ? bucketTimes(means)
    : Float64Array.from(new Set([start, (start + end) / 2, end].map((time) => Math.floor(time))));
  return { t, v: new Float64Array(t.length).fill(value) } satisfies Points;
}

/** How far the past is moved forward. Graphite takes a length without a sign for one into the past. */
function shiftOf(text: string): number {
  const signed = /^\s*[+-]/.test(text) ? text : `-${text.trim()}`;
  return 0 - parseOffset(signed, 'timeShift');
}
