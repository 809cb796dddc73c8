import { type ColumnKind, fieldTypeOf, widerKind } from '@sisock/core';
import type { FollowedFrame } from '@sisock/g3-files';
import type { HkSummary } from '@sisock/codecs/g3';
import type { G3Context, G3Request } from './command.js';
import { eachFile, followFile } from './follow-file.js';
import { table } from './output.js';
import { tickSeconds, tickText } from './times.js';

interface FieldTotal {
  kind: ColumnKind;
  count: number;
  first: bigint | null;
  last: bigint | null;
}

/** Fields of files, by their full names, in the order in which they come. */
class FieldList {
  readonly totals = new Map<string, FieldTotal>();

  add({ hk, feed }: FollowedFrame<HkSummary>): void {
    if (feed === null || hk?.kind !== 'data') return;
    for (const { count, minTick, maxTick, fields } of hk.blocks) {
      for (const [name, kind] of fields) {
        const full = `${feed}.${name}`;
        let total = this.totals.get(full);
        if (total === undefined) this.totals.set(full, (total = { kind, count: 0, first: null, last: null }));
        total.kind = widerKind(total.kind, kind);
        total.count += count;
        if (count === 0) continue;
        if (total.first === null || minTick < total.first) total.first = minTick;
        if (total.last === null || maxTick > total.last) total.last = maxTick;
      }
    }
  }
}

/** `sisock g3 fields` */
export async function listFields({ files, json }: G3Request, { output, complain }: G3Context): Promise<number> {
  const list = new FieldList();
  const status = await eachFile(files, complain, async (path) => {
    const frames = followFile(path);
    for (;;) {
      const { done, value } = await frames.next();
      if (done === true) return value;
      list.add(value);
    }
  });
  const rows = [...list.totals].map(([field, { kind, count, first, last }]) => ({
    field,
    type: fieldTypeOf(kind),
    count,
    first,
    last,
  }));
  if (json) {
    const seconds = (tick: bigint | null) => (tick === null ? null : tickSeconds(tick));
    const shown = rows.map(({ first, last, ...row }) => ({ ...row, start: seconds(first), end: seconds(last) }));
    await output.put(`${JSON.stringify(shown, null, 2)}\n`);
    return status;
  }
  const text = (tick: bigint | null) => (tick === null ? '-' : tickText(tick));
  const cells = rows.map(({ field, type, count, first, last }) => [field, type, `${count}`, text(first), text(last)]);
  await output.put(table([['FIELD', 'TYPE', 'COUNT', 'START', 'END'], ...cells]));
  return status;
}
