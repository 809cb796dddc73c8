import type { Visitor } from '../../src/wire/visitor.js';

/** A value with integers, floats and bytes told apart, for comparing formats. */
export type Model =
  | { readonly int: string }
  | { readonly float: number }
  | { readonly bytes: string }
  | { readonly list: readonly Model[] }
  | { readonly map: readonly (readonly [Model, Model])[] }
  | string
  | boolean
  | null;

/** Builds the model of what is visited. */
export class Recorder implements Visitor {
  result: Model | undefined;
  private readonly open: Model[][] = [];

  nil(): void {
    this.add(null);
  }
  bool(value: boolean): void {
    this.add(value);
  }
  int(value: number | bigint): void {
    this.add({ int: String(value) });
  }
  float(float: number): void {
    this.add({ float });
  }
  text(source: Buffer, start: number, end: number): void {
    this.add(source.toString('utf8', start, end));
  }
  str(value: string): void {
    this.add(value);
  }
  bytes(value: Buffer): void {
    this.add({ bytes: value.toString('hex') });
  }
  list(): void {
    this.open.push([]);
  }
  listEnd(): void {
    this.add({ list: this.open.pop() as Model[] });
  }
  map(): void {
    this.open.push([]);
  }
  mapEnd(): void {
    const flat = this.open.pop() as Model[];
    const pairs = [];
    for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] as Model, flat[at + 1] as Model] as const);
    this.add({ map: pairs });
  }

  private add(value: Model): void {
    const top = this.open.at(-1);
    if (top === undefined) this.result = value;
    else top.push(value);
  }
}

/** Tells a model to a visitor; `counted` false hides the lengths, as a JSON reader does. */
export function visitModel(model: Model, visitor: Visitor, counted = true): void {
  if (model === null) visitor.nil();
  else if (typeof model === 'string') visitor.str(model);
  else if (typeof model === 'boolean') visitor.bool(model);
  else if ('int' in model) {
    const number = Number(model.int);
    visitor.int(Number.isSafeInteger(number) ? number : BigInt(model.int));
  } else if ('float' in model) visitor.float(model.float);
  else if ('bytes' in model) visitor.bytes(Buffer.from(model.bytes, 'hex'));
  else if ('list' in model) {
    visitor.list(counted ? model.list.length : -1);
    for (const element of model.list) visitModel(element, visitor, counted);
    visitor.listEnd();
  } else {
    visitor.map(counted ? model.map.length : -1);
    for (const pair of model.map) for (const part of pair) visitModel(part, visitor, counted);
    visitor.mapEnd();
  }
}
