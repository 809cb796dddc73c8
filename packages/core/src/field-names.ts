/** Longest field name of OCS, in characters. */
const maxLength = 255;

/** The original data-feed's field name of a channel: lower case, spaces to `_`. */
export function originalFieldName(own: string): string {
  return own.toLowerCase().replaceAll(' ', '_');
}

/**
 * The name a field gets in files, by the rules of the OCS aggregator: spaces to `_`, other characters than letters,
 * digits and `_` dropped, what stands before the first letter dropped except leading underscores, at most 255.
 */
export function archiveFieldName(own: string): string {
  return enforce(own) || enforce(`invalid_field_${own}`);
}

function enforce(own: string): string {
  const plain = own.replaceAll(' ', '_').replace(/[^A-Za-z0-9_]/g, '');
  const underscores = /^_*/.exec(plain)![0];
  const rest = plain.slice(underscores.length).replace(/^[^A-Za-z]+/, '');
  return (underscores + rest).slice(0, maxLength);
}

/**
 * A name that is not taken yet, made as the aggregator makes it: `_01` is added, to that `_02` if it is taken too, and
 * so on; the field name (what follows the first `prefixLength` characters) is clipped to stay within 255.
 */
export function unusedName(name: string, taken: (name: string) => boolean, prefixLength = 0): string {
  let candidate = name;
  for (let k = 1; taken(candidate); k++) {
    const suffix = `_${String(k).padStart(2, '0')}`;
    candidate = candidate.slice(0, prefixLength + maxLength - suffix.length) + suffix;
  }
  return candidate;
}
