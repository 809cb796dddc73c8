import { malformed, maxHeaderValues } from './limits.js';
import type { Visitor } from './visitor.js';

/** The dictionary of most headers. Frozen, since it is shared. */
export const emptyDict: Readonly<Record<string, unknown>> = Object.freeze(
  Object.create(null) as Record<string, unknown>,
);

type Open = { readonly list: unknown[] } | { readonly dict: Record<string, unknown>; key: string | undefined };

/** Builds JavaScript values out of a walk; at most `maxHeaderValues` of them. Dictionaries have no prototype. */
export class ValueBuilder implements Visitor {
  result: unknown;
  private readonly open: Open[] = [];
  private count = 0;

  nil(): void {
    this.add(null);
  }
  bool(value: boolean): void {
    this.add(value);
  }
  int(value: number | bigint): void {
    this.add(value);
  }
  float(value: number): void {
    this.add(value);
  }
  text(source: Buffer, start: number, end: number): void {
    this.add(source.toString('utf8', start, end));
  }
  str(value: string): void {
    this.add(value);
  }
  bytes(value: Buffer): void {
    this.add(value);
  }
  list(): void {
    const list: unknown[] = [];
    this.add(list);
    this.open.push({ list });
  }
  listEnd(): void {
    this.open.pop();
  }
  map(): void {
    const dict = Object.create(null) as Record<string, unknown>;
    this.add(dict);
    this.open.push({ dict, key: undefined });
  }
  mapEnd(): void {
    this.open.pop();
  }

  private add(value: unknown): void {
    if (++this.count > maxHeaderValues) throw malformed(`more than ${maxHeaderValues} values in a header`, 0);
    const top = this.open.at(-1);
    if (top === undefined) this.result = value;
    else if ('list' in top) top.list.push(value);
    else if (top.key === undefined) top.key = keyOf(value);
    else {
      top.dict[top.key] = value;
      top.key = undefined;
    }
  }
}

function keyOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  throw malformed('a dictionary key that is neither text nor number', 0);
}

/** Tells a JavaScript value to a visitor. Whole numbers are integers: headers and the router's own answers have no other. */
export function visitValue(value: unknown, visitor: Visitor): void {
  if (typeof value === 'number') {
    if (Number.isInteger(value)) visitor.int(value);
    else visitor.float(value);
  } else if (typeof value === 'string') visitor.str(value);
  else if (typeof value === 'boolean') visitor.bool(value);
  else if (typeof value === 'bigint') visitor.int(value);
  else if (typeof value === 'object') visitObject(value, visitor);
  else visitor.nil();
}

function visitObject(value: object | null, visitor: Visitor): void {
  if (value === null) visitor.nil();
  else if (Array.isArray(value)) {
    visitor.list(value.length);
    for (const element of value) visitValue(element, visitor);
    visitor.listEnd();
  } else if (Buffer.isBuffer(value)) visitor.bytes(value);
  else {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    visitor.map(entries.length);
    for (const [key, v] of entries) {
      visitor.str(key);
      visitValue(v, visitor);
    }
    visitor.mapEnd();
  }
}
