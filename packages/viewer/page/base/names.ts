/** `node::field` in its two parts. */
export function splitId(id: string): { readonly node: string; readonly name: string } {
  const at = id.indexOf('::');
  return at < 0 ? { node: '', name: id } : { node: id.slice(0, at), name: id.slice(at + 2) };
}

/** A field's name in the part that tells where it belongs and its own last part: feeds separate by dots. */
export function splitName(name: string): { readonly group: string; readonly leaf: string } {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? { group: '', leaf: name } : { group: name.slice(0, dot), leaf: name.slice(dot + 1) };
}

/** For each id the shortest name that tells it from the others: its last parts, with the node where that must be. */
export function shortNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const parts = new Map(ids.map((id) => [id, [splitId(id).node, ...splitId(id).name.split('.')]]));
  const depth = new Map(ids.map((id) => [id, 1]));
  const shown = (id: string) => parts.get(id)!.slice(-depth.get(id)!).join('.');
  for (let changed = true; changed;) {
    changed = false;
    const byName = groups(ids, shown);
    for (const same of byName.values()) {
      if (same.length < 2) continue;
      for (const id of same) {
        if (depth.get(id)! >= parts.get(id)!.length) continue;
        depth.set(id, depth.get(id)! + 1);
        changed = true;
      }
    }
  }
  return new Map(ids.map((id) => [id, shown(id)]));
}

function groups(ids: readonly string[], key: (id: string) => string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const id of ids) {
    const list = found.get(key(id));
    if (list) list.push(id);
    else found.set(key(id), [id]);
  }
  return found;
}
