import type { Catalog, FieldInfo } from '@sisock/core';
import { escapeNode, pathOf } from './path.js';
import type { SegmentPattern } from './glob.js';

/** A part of the tree of paths: it may be a field, have parts below it, or both. */
interface Branch {
  readonly below: Map<string, Branch>;
  field: FieldInfo | null;
}

/** A place in the tree that a pattern leads to. */
export interface Place {
  readonly path: string;
  /** The last part of the path. */
  readonly text: string;
  readonly field: FieldInfo | null;
  readonly hasBelow: boolean;
}

const trees = new WeakMap<Catalog, Branch>();

/**
 * The places of one node that a pattern (its parts behind the node's) leads to. Fields of texts have no place: Graphite
 * knows numbers only.
 */
export function placesOf(node: string, catalog: Catalog, pattern: readonly SegmentPattern[]): Place[] {
  const found: Place[] = [];
  const walk = (branch: Branch, path: string, depth: number) => {
    const part = pattern[depth];
    if (!part) return;
    const step = (text: string, below: Branch) => {
      const here = `${path}.${text}`;
      if (depth + 1 < pattern.length) walk(below, here, depth + 1);
      else found.push({ path: here, text, field: below.field, hasBelow: below.below.size > 0 });
    };
    if (part.literal !== null) {
      const below = branch.below.get(part.literal);
      if (below) step(part.literal, below);
      return;
    }
    for (const [text, below] of branch.below) if (part.matches(text)) step(text, below);
  };
  walk(treeOf(node, catalog), escapeNode(node), 0);
  return found;
}

/** Lists of fields are kept a while by who asks for them: so is their tree. */
function treeOf(node: string, catalog: Catalog): Branch {
  const kept = trees.get(catalog);
  if (kept) return kept;
  const root: Branch = { below: new Map(), field: null };
  for (const info of catalog.fields.values()) {
    if (info.type === 'string' || info.name === '') continue;
    let branch = root;
    for (const part of pathOf(node, info.name).split('.').slice(1)) {
      let next = branch.below.get(part);
      if (!next) branch.below.set(part, (next = { below: new Map(), field: null }));
      branch = next;
    }
    branch.field = info;
  }
  trees.set(catalog, root);
  return root;
}
