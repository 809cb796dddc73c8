import type { FollowedFrame } from '@sisock/g3-files';
import type { HkSummary } from '@sisock/codecs/g3';
import type { G3Context, G3Request } from './command.js';
import { eachFile, type FileEnd, followFile } from './follow-file.js';
import { JsonArray, oneLine, table } from './output.js';
import { tickSeconds, tickText } from './times.js';

interface BlockTotal {
  readonly feed: string;
  readonly block: string;
  readonly fields: Set<string>;
  count: number;
  first: bigint | null;
  last: bigint | null;
}

/** What one file holds, in numbers. */
class FileInfo {
  readonly types = new Map<string, number>();
  readonly versions = new Set<number>();
  readonly sessions = new Map<string, { readonly start: number | null; readonly description: string | null }>();
  readonly blocks = new Map<string, BlockTotal>();
  passed = 0;

  add({ walked, hk, feed, passed }: FollowedFrame<HkSummary>): void {
    this.types.set(walked.type, (this.types.get(walked.type) ?? 0) + 1);
    if (passed !== null) this.passed++;
    if (hk === null || hk.kind === 'unknown') return;
    this.versions.add(hk.version);
    if (hk.kind === 'session') {
      this.sessions.set(String(hk.sessionId), { start: hk.startTime, description: hk.description });
    }
    if (hk.kind !== 'data' || feed === null) return;
    for (const { name, count, minTick, maxTick, fields } of hk.blocks) {
      const key = JSON.stringify([feed, name]);
      let total = this.blocks.get(key);
      if (total === undefined) {
        total = { feed, block: name, fields: new Set(), count: 0, first: null, last: null };
        this.blocks.set(key, total);
      }
      for (const field of fields.keys()) total.fields.add(field);
      total.count += count;
      if (count === 0) continue;
      if (total.first === null || minTick < total.first) total.first = minTick;
      if (total.last === null || maxTick > total.last) total.last = maxTick;
    }
  }
}

/** `sisock g3 info` */
export async function showInfo({ files, json }: G3Request, { output, complain }: G3Context): Promise<number> {
  const array = new JsonArray(output);
  const status = await eachFile(files, complain, async (path) => {
    const info = new FileInfo();
    const frames = followFile(path);
    for (;;) {
      const { done, value } = await frames.next();
      if (done !== true) {
        info.add(value);
        continue;
      }
      if (json) await array.put(JSON.stringify(infoJson(path, info, value)));
      else await output.put(infoText(path, info, value));
      return value;
    }
  });
  if (json) await array.end();
  return status;
}

function infoJson(path: string, info: FileInfo, { frames, goodOffset, damage }: FileEnd): unknown {
  const seconds = (tick: bigint | null) => (tick === null ? null : tickSeconds(tick));
  return {
    file: path,
    goodBytes: goodOffset,
    frames,
    types: Object.fromEntries(info.types),
    hkVersions: [...info.versions],
    sessions: [...info.sessions].map(([id, session]) => ({ id, ...session })),
    blocks: [...info.blocks.values()].map(({ feed, block, fields, count, first, last }) => {
      return { feed, block, fields: fields.size, count, start: seconds(first), end: seconds(last) };
    }),
    passedFrames: info.passed,
    damage: damage && { offset: damage.offset, kind: damage.kind, message: damage.message },
  };
}

function infoText(path: string, info: FileInfo, { frames, goodOffset, damage }: FileEnd): string {
  const types = [...info.types].map(([type, n]) => `${n} ${type}`).join(', ');
  const text = (tick: bigint | null) => (tick === null ? '-' : tickText(tick));
  const lines = [
    `${path}: ${goodOffset} good bytes, ${frames} frames (${types || 'none'}), HK version ${[...info.versions].join(', ') || '-'}`,
    ...[...info.sessions].map(([id, { description }]) => `session ${id} ${description ?? ''}`.trimEnd()),
    ...(info.passed > 0 ? [`${info.passed} frames can't be used: see sisock g3 check`] : []),
    ...(damage === null ? [] : [`damage: ${damage.kind}: ${damage.message}`]),
  ];
  const rows = [...info.blocks.values()].map(({ feed, block, fields, count, first, last }) => {
    return [feed, block, `${fields.size}`, `${count}`, text(first), text(last)];
  });
  const blocks = rows.length === 0 ? '' : table([['FEED', 'BLOCK', 'FIELDS', 'SAMPLES', 'START', 'END'], ...rows]);
  return `${lines.map((line) => `${oneLine(line)}\n`).join('')}${blocks}\n`;
}
