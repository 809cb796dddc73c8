import type { G3Object, G3Value } from '@sisock/codecs/g3';

/** An object of any class as plain JSON: `{class, value}`; integers beyond 2^53 as decimal strings, bytes as hex. */
export function objectJson(object: G3Object | null): unknown {
  if (object === null) return null;
  if ('bytes' in object) return { class: object.class, bytes: Buffer.from(object.bytes).toString('hex') };
  const { class: name, value, lost } = object;
  return { class: name, value: valueJson(value), ...(lost === undefined ? {} : { lost }) };
}

function valueJson(value: G3Value): unknown {
  if (typeof value === 'bigint') return integerJson(value);
  if (typeof value === 'number') return numberJson(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Map) {
    return Object.fromEntries([...(value as ReadonlyMap<string, unknown>)].map(([key, part]) => [key, partJson(part)]));
  }
  const parts = Array.from(value as ArrayLike<unknown>);
  return parts.map(partJson);
}

/** What stands in a map or a vector: an object, or a value without one. */
function partJson(part: unknown): unknown {
  const isObject = typeof part === 'object' && part !== null && 'class' in part;
  return part === null || isObject ? objectJson(part as G3Object | null) : valueJson(part as G3Value);
}

/** As a number where that is exact. */
export function integerJson(value: bigint): number | string {
  const n = Number(value);
  return Number.isSafeInteger(n) ? n : String(value);
}

/** JSON knows no NaN and no infinities: null. */
export function numberJson(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
