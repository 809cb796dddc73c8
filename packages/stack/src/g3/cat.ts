import { type Column, valueAt } from '@sisock/core';
import type { G3Context, G3Request } from './command.js';
import { fieldSamples, type FieldSamples } from './field-samples.js';
import { findParts } from './find-parts.js';
import { integerJson, numberJson } from './object-json.js';
import type { Output } from './output.js';
import { openParts } from './part-source.js';

export interface CatRequest extends G3Request {
  readonly field: string;
  /** UNIX seconds, half open. */
  readonly range: { readonly start: number; readonly end: number };
}

/** `sisock g3 cat`: samples of one field, by time, as CSV or JSON. */
export async function catField(request: CatRequest, { output, complain }: G3Context): Promise<number> {
  const { files, range, json } = request;
  const { field, name, parts, status } = await findParts(files, request.field, range, complain);
  const pass = async (show: (samples: FieldSamples) => Promise<void>) => {
    const source = openParts(files, name, parts);
    try {
      for await (const samples of fieldSamples(source, parts, range)) await show(samples);
    } finally {
      await source.close();
    }
  };
  if (json) {
    // Times and values are read one after the other, as they are written: neither has to be held.
    const times = new List(output, '{"t":[');
    await pass(({ t }) => times.put(t.length, (i) => JSON.stringify(t[i])));
    await times.end();
    const values = new List(output, '],"v":[');
    await pass(({ t, column }) => values.put(t.length, (i) => valueJson(column, i)));
    await values.end();
    await output.put(']}\n');
  } else {
    await output.put(`t,${quoted(field)}\n`);
    await pass(async ({ t, column }) => {
      for (let i = 0; i < t.length; i++) {
        if (!output.add(`${t[i]},${valueText(column, i)}\n`)) await output.flush();
      }
    });
  }
  return status;
}

/** Elements of a JSON array. */
class List {
  readonly #output: Output;
  #before: string;

  constructor(output: Output, opening: string) {
    this.#output = output;
    this.#before = opening;
  }

  async put(count: number, element: (i: number) => string): Promise<void> {
    for (let i = 0; i < count; i++) {
      if (!this.#output.add(this.#before + element(i))) await this.#output.flush();
      this.#before = ',';
    }
  }

  async end(): Promise<void> {
    if (this.#before !== ',') await this.#output.put(this.#before);
  }
}

function valueJson(column: Column, i: number): string {
  const value = valueAt(column, i);
  if (typeof value === 'bigint') return JSON.stringify(integerJson(value));
  return JSON.stringify(typeof value === 'number' ? numberJson(value) : value);
}

/** NaN, Infinity and -Infinity stand as these words; -0 keeps its sign. */
function valueText(column: Column, i: number): string {
  const value = valueAt(column, i);
  if (typeof value === 'string') return quoted(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
