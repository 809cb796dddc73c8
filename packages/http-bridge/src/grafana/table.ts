import type { FieldType } from '@sisock/core';
import { writeValue } from '../encode/columns.js';
import type { JsonWriter } from '../encode/json-writer.js';
import type { FieldAnswer } from './answer.js';
import { metaOf, type Notice } from './meta.js';
import { grafanaUnit } from './units.js';

/** One column beside the times. */
export interface TableColumn {
  readonly name: string;
  readonly answer: FieldAnswer;
}

interface TableHeading {
  readonly refId: string | undefined;
  readonly notices: readonly Notice[];
}

const grafanaTypes: Readonly<Record<FieldType, string>> = { number: 'number', string: 'string', bool: 'boolean' };

/**
 * A table of fields: form (b) of what Grafana takes. Rows rise in time; samples of the very same time share a row, and a
 * cell is null where its field has no sample then.
 */
export function writeTable(out: JsonWriter, { refId, notices }: TableHeading, columns: readonly TableColumn[]): void {
  out.raw('{"type":"table"');
  if (refId !== undefined) out.raw(',"refId":').json(refId);
  out.raw(',"columns":').json([{ text: 'Time', type: 'time' }, ...columns.map(columnJson)]);
  out.raw(',"rows":[');
  const at = columns.map(() => 0);
  let isFirst = true;
  for (let t = earliest(columns, at); t < Infinity; t = earliest(columns, at)) {
    out.raw(isFirst ? '[' : ',[').millis(t);
    isFirst = false;
    for (const [c, { answer }] of columns.entries()) {
      out.raw(',');
      const { series } = answer;
      if (series.t[at[c]!] === t) writeValue(out, series.column, at[c]!++);
      else out.raw('null');
    }
    out.raw(']');
  }
  const told = columns.map(({ name, answer }) => ({ name, meta: metaOf(answer.series, answer.to) }));
  const meta = {
    custom: { columns: told.map(({ name, meta: { custom } }) => ({ name, ...custom })) },
    notices: [
      ...told.flatMap(({ name, meta: own }) =>
        (own.notices ?? []).map(({ severity, text }) => ({ severity, text: `${name}: ${text}` })),
      ),
      ...notices,
    ],
  };
  out.raw('],"meta":').json(meta).raw('}');
}

function columnJson({ name, answer: { field } }: TableColumn): object {
  const unit = grafanaUnit(field.info.units);
  return { text: name, type: grafanaTypes[field.info.type] ?? 'other', ...(unit !== undefined && { unit }) };
}

/** The least time that is not written yet; Infinity at the end. */
function earliest(columns: readonly TableColumn[], at: readonly number[]): number {
  let t = Infinity;
  for (const [c, { answer }] of columns.entries()) t = Math.min(t, answer.series.t[at[c]!] ?? Infinity);
  return t;
}
