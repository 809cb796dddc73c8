/** The twin of python/wire_values.py for JavaScript peers. */

/** A value received over WAMP, as plain data. */
export function show(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { $int: String(value) };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { $float: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
  }
  if (ArrayBuffer.isView(value)) {
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex') };
  }
  if (Array.isArray(value)) return value.map(show);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, show(v)]));
  }
  return value;
}

/** The opposite of show. */
export function take(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(take);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  if (entries.length === 1) {
    const [key, text] = entries[0] as [string, string];
    if (key === '$float') return Number(text.replace('inf', 'Infinity'));
    if (key === '$int') return BigInt(text);
    if (key === '$bytes') return Buffer.from(text, 'hex');
  }
  return Object.fromEntries(entries.map(([k, v]) => [k, take(v)]));
}

/** What a JavaScript peer sees of a value: a float with an integral value is its integer. */
export function asSeenByJs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asSeenByJs);
  if (value === null || typeof value !== 'object') return value;
  const mark = (value as { $float?: unknown }).$float;
  if (typeof mark === 'string' && Number.isInteger(Number(mark))) return Number(mark);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, asSeenByJs(v)]));
}
