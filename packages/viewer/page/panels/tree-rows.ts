import type { Catalog, Entry } from '../data/catalog.js';
import type { Found } from '../data/search.js';
import type { Field } from '../data/site.js';

/** A row of the tree: a node, an agent or a feed with what is below it, or a field. */
export type Row =
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly depth: number;
      readonly label: string;
      /** Its place: node, agent, feed. */
      readonly path: readonly string[];
      /** How many fields are below it. */
      readonly count: number;
      readonly isOpen: boolean;
      readonly note: string | null;
    }
  | {
      readonly kind: 'field';
      readonly key: string;
      readonly depth: number;
      readonly field: Field;
      readonly entry: Entry;
      /** Found by a search: it tells where it belongs. */
      readonly isFound: boolean;
    };

/** A tree of no more fields than this is open at first. */
const openUpTo = 80;

/** Which groups a person opened or closed, against how they were at first. */
export type Toggled = ReadonlySet<string>;

/** The rows of the tree in their order, only those whose groups are open. */
export function treeRows(catalog: Catalog, toggled: Toggled): readonly Row[] {
  const isSmall = catalog.entries.length <= openUpTo;
  const rows: Row[] = [];
  const counts = countsOf(catalog.entries);
  let before: readonly string[] = [];
  let closedAt = Infinity;
  for (const entry of catalog.entries) {
    const { path, field } = entry;
    let same = 0;
    while (same < path.length && same < before.length && path[same] === before[same]) same++;
    if (same < closedAt) closedAt = Infinity;
    for (let depth = same; depth < path.length && depth < closedAt; depth++) {
      const own = path.slice(0, depth + 1);
      const key = keyOf(own);
      const isOpen = (isSmall || depth === 0) !== toggled.has(key);
      const label = path[depth]!;
      rows.push({ kind: 'group', key, depth, label, path: own, count: counts.get(key)!, isOpen, note: null });
      if (!isOpen) closedAt = depth + 1;
    }
    before = path;
    if (closedAt === Infinity) rows.push(fieldRow(field, entry, path.length));
  }
  return [...rows, ...partRows(catalog, toggled)];
}

/** What nodes serve that are parts of a joined one, below everything else and closed. */
function partRows(catalog: Catalog, toggled: Toggled): readonly Row[] {
  return catalog.parts.flatMap(({ node, of, fields }): Row[] => {
    const key = `part\n${node}`;
    const isOpen = toggled.has(key);
    const group: Row = {
      kind: 'group',
      key,
      depth: 0,
      label: node,
      path: [node],
      count: fields.length,
      isOpen,
      note: `part of ${of}`,
    };
    if (!isOpen) return [group];
    return [group, ...fields.map((field) => fieldRow(field, catalog.entryOf.get(field.id)!, 1, true))];
  });
}

/** What a search found, as rows. */
export function foundRows(found: readonly Found[]): readonly Row[] {
  return found.map(({ field, entry }) => fieldRow(field, entry, 0, true));
}

function fieldRow(field: Field, entry: Entry, depth: number, isFound = false): Row {
  return { kind: 'field', key: `${isFound ? 'found' : 'field'}\n${field.id}`, depth, field, entry, isFound };
}

function countsOf(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of entries) {
    for (let depth = 1; depth <= path.length; depth++) {
      const key = keyOf(path.slice(0, depth));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function keyOf(path: readonly string[]): string {
  return path.join('\n');
}
