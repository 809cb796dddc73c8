/** All but what stands for itself in a path: safe in an expression, a pattern and Grafana's editor. */
const special = /[^A-Za-z0-9_:@.-]/g;
const escaped = /~u([0-9A-Fa-f]{4})|~([0-9A-Fa-f]{2})/g;
/** Dots that would leave a part of the path empty: the first, the last, and those behind another. */
const loneDots = /^\.|(?<=\.)\.|\.$/g;

/**
 * A field as a dotted path: `node.field`. The dots of the field's name are the tree's; a dot of the node's name, a dot
 * that would leave a part empty, and every character that means something elsewhere are escaped: `~` and two hexadecimal
 * digits of its UTF-16 code, `~u` and four of them above FF. (A percent sign would not do: front ends of Grafana put
 * paths into forms as they are.) No two fields share a path: cut at the first dot, {@link unescapePath} gives both names back.
 */
export function pathOf(node: string, field: string): string {
  return `${escapeNode(node)}.${escapeField(field)}`;
}

/** A node's part of the path: one segment. */
export function escapeNode(name: string): string {
  return escapeField(name).replaceAll('.', '~2E');
}

function escapeField(name: string): string {
  return name.replace(special, escapeUnit).replace(loneDots, '~2E');
}

function escapeUnit(character: string): string {
  const code = character.charCodeAt(0);
  return code <= 0xff ? `~${hex(code, 2)}` : `~u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0');
}

/** A part of a path as people read it. */
export function unescapePath(text: string): string {
  return text.replace(escaped, (_all, four: string | undefined, two: string | undefined) =>
    String.fromCharCode(parseInt(four ?? two ?? '', 16)),
  );
}
