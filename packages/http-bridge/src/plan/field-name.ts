/** A field as HTTP clients write it: `node::field`. */
export interface FieldName {
  readonly node: string;
  readonly field: string;
}

/** Splits at the first `::` (a field's own name may hold more of them); null without one or with an empty part. */
export function parseFieldName(text: string): FieldName | null {
  const at = text.indexOf('::');
  if (at <= 0 || at + 2 >= text.length) return null;
  return { node: text.slice(0, at), field: text.slice(at + 2) };
}

export function formatFieldName(node: string, field: string): string {
  return `${node}::${field}`;
}

/**
 * The fields a shortened name may stand for: those that hold its dot-separated parts in order and end with its last
 * part, so that `LSA22YE.temperatures.Channel_01` finds `observatory.LSA22YE.feeds.temperatures.Channel_01`.
 */
export function matchesOfShortName(short: string, names: Iterable<string>): string[] {
  const parts = short.split('.');
  const found: string[] = [];
  for (const name of names) if (holdsInOrder(name.split('.'), parts)) found.push(name);
  return found;
}

function holdsInOrder(name: readonly string[], parts: readonly string[]): boolean {
  if (name.at(-1) !== parts.at(-1)) return false;
  let next = 0;
  for (const part of name) if (next < parts.length && part === parts[next]) next++;
  return next === parts.length;
}
