import { decodeObject, type G3Frame, G3Damage, type HkSummary } from '@sisock/codecs/g3';
import type { FollowedFrame } from '@sisock/g3-files';
import type { G3Context, G3Request } from './command.js';
import { eachFile, followFile } from './follow-file.js';
import { objectJson } from './object-json.js';
import { JsonArray, oneLine } from './output.js';

/** `sisock g3 frames`: a line, or an object, a frame. `values`: the decoded values of every key, too. */
export async function listFrames(
  { files, json, values }: G3Request & { readonly values: boolean },
  { output, complain }: G3Context,
): Promise<number> {
  const array = new JsonArray(output);
  const status = await eachFile(files, complain, async (path) => {
    const frames = followFile(path);
    for (;;) {
      const { done, value } = await frames.next();
      if (done === true) return value;
      const { offset, length, type, frame } = value.walked;
      if (json) {
        const hk = value.hk === null ? null : hkJson(value.hk, value.feed);
        const damage = value.passed && { kind: value.passed.kind, message: value.passed.message };
        await array.put(
          JSON.stringify({ file: path, offset, length, type, hk, damage, keys: keysJson(frame, values) }),
        );
      } else {
        const where = files.length > 1 ? `${path}  ` : '';
        await output.put(
          oneLine(
            `${where}${String(offset).padStart(10)}  ${String(length).padStart(8)}  ${type}  ${what(value)}`.trimEnd(),
          ) + '\n',
        );
        if (values && frame !== null) await output.put(valueLines(frame));
      }
    }
  });
  if (json) await array.end();
  return status;
}

function what({ walked, hk, feed, passed }: FollowedFrame<HkSummary>): string {
  const parts: string[] = [];
  if (hk === null)
    parts.push(walked.frame === null ? 'too large to hold' : [...walked.frame.entries.keys()].sort().join(' '));
  else if (hk.kind === 'session') parts.push(`session ${hk.sessionId} ${hk.description ?? ''}`);
  else if (hk.kind === 'status')
    parts.push(`status: ${hk.providers.map(({ id, description }) => `${id} ${description}`).join(', ')}`);
  else if (hk.kind === 'data') {
    const blocks = hk.blocks.map(({ name, fields, count }) => `${name} ${fields.size} x ${count}`);
    parts.push(`data of ${feed ?? '-'}: ${blocks.join(', ') || 'no blocks'}`);
  } else parts.push('unknown housekeeping');
  if (passed !== null) parts.push(`[${passed.kind}: ${passed.message}]`);
  return parts.join(' ').trim();
}

function hkJson(hk: HkSummary, feed: string | null): unknown {
  switch (hk.kind) {
    case 'unknown':
      return { kind: hk.kind };
    case 'session':
      return { ...hk, sessionId: String(hk.sessionId) };
    case 'status':
      return {
        ...hk,
        sessionId: String(hk.sessionId),
        providers: hk.providers.map(({ id, description }) => ({ id: String(id), description })),
      };
    case 'data':
      return {
        ...hk,
        sessionId: String(hk.sessionId),
        providerId: String(hk.providerId),
        feed,
        blocks: hk.blocks.map(({ minTick, maxTick, fields, ...block }) => {
          return { ...block, minTick: String(minTick), maxTick: String(maxTick), fields: Object.fromEntries(fields) };
        }),
      };
  }
}

/** Length of each value, or the value. */
function keysJson(frame: G3Frame | null, values: boolean): unknown {
  if (frame === null) return null;
  const keys = [...frame.entries].map(
    ([key, blob]) => [key, values ? valueJson(blob, frame.offset) : blob.length] as const,
  );
  return Object.fromEntries(keys.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valueJson(blob: Uint8Array, offset: number): unknown {
  try {
    return objectJson(decodeObject(blob, {}, offset));
  } catch (error) {
    if (!(error instanceof G3Damage)) throw error;
    return { damage: error.kind, message: error.message };
  }
}

function valueLines(frame: G3Frame): string {
  return [...frame.entries]
    .map(([key, blob]) => `${' '.repeat(24)}${oneLine(`${key}: ${JSON.stringify(valueJson(blob, frame.offset))}`)}\n`)
    .sort()
    .join('');
}
