import { type FieldInfo, SisockError } from '@sisock/core';
import { z } from 'zod';
import { quote } from '../plan/resolve.js';
import { safePattern } from './pattern.js';

/** One ad-hoc filter of a dashboard. */
export interface FieldFilter {
  readonly key: string;
  /** Whether a field with this value of the key is shown; the empty text stands for a field without the key. */
  fits(value: string): boolean;
}

/** What every field has, whatever its labels. */
export const fixedKeys = ['node', 'units', 'type'] as const;

const text = z.union([z.string(), z.number(), z.boolean()], 'a text is wanted').transform(String);

/** One list of filters, as SimpleJson (`adhocFilters`) and Grafana itself (`filters`) send it. */
export const filterList = z
  .array(
    z.object(
      {
        key: text.nullish(),
        operator: z.string('an operator is a text').nullish(),
        value: text.nullish(),
        values: z.array(text, 'a list of values is wanted').nullish(),
      },
      'a filter is an object',
    ),
    'a list of filters is wanted',
  )
  .nullish();

type FilterList = z.infer<typeof filterList>;

/** Most filters of one request. */
const mostFilters = 50;

/**
 * What the filters mean. One without a key or value is still being typed, and means nothing.
 * @throws SisockError `bad_request` for an operator or pattern that is not known, `too_large` for too many filters.
 */
export function toFilters(...lists: readonly FilterList[]): FieldFilter[] {
  const given = lists.flatMap((list) => list ?? []);
  if (given.length > mostFilters) {
    throw new SisockError('too_large', `${given.length} filters are more than the ${mostFilters} allowed`);
  }
  const filters: FieldFilter[] = [];
  for (const { key, operator, value, values } of given) {
    const wanted = values && values.length > 0 ? values : value !== null && value !== undefined ? [value] : null;
    if (!key || wanted === null) continue;
    filters.push({ key, fits: test(operator ?? '=', wanted) });
  }
  return filters;
}

function test(operator: string, values: readonly string[]): (value: string) => boolean {
  const first = values[0]!;
  switch (operator) {
    case '=':
    case '=|':
      return (value) => values.includes(value);
    case '!=':
    case '!=|':
      return (value) => !values.includes(value);
    case '=~':
      return safePattern(first);
    case '!~': {
      const fits = safePattern(first);
      return (value) => !fits(value);
    }
    case '<':
      return (value) => value !== '' && compare(value, first) < 0;
    case '>':
      return (value) => value !== '' && compare(value, first) > 0;
    default:
      throw new SisockError(
        'bad_request',
        `the filter operator ${quote(operator)} is unknown: there are =, !=, =~, !~, <, >, =|, !=|`,
      );
  }
}

/** As numbers where both are, else as texts. */
function compare(a: string, b: string): number {
  const difference = a.trim() !== '' && b.trim() !== '' ? Number(a) - Number(b) : NaN;
  return Number.isNaN(difference) ? (a < b ? -1 : a > b ? 1 : 0) : difference;
}

/** A field's value of a key; the empty text where it has none. */
export function keyValue(node: string, info: FieldInfo, key: string): string {
  switch (key) {
    case 'node':
      return node;
    case 'units':
      return info.units ?? '';
    case 'type':
      return info.type;
    default:
      return labelOf(info, key);
  }
}

/** Labels are a plain object of a node's making: only what is its own counts. */
function labelOf({ labels }: FieldInfo, key: string): string {
  return labels && Object.hasOwn(labels, key) ? String(labels[key]) : '';
}

export function fitsAll(filters: readonly FieldFilter[], node: string, info: FieldInfo): boolean {
  return filters.every((filter) => filter.fits(keyValue(node, info, filter.key)));
}
