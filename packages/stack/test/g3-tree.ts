import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHk, FrameWalker, type HkBlock, type HkData, type HkFrame } from '@sisock/codecs/g3';
import { valueAt } from '@sisock/core';

/** Paths of the files below a directory, sorted. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The frames of a file, which must be whole. */
export function framesOf(path: string): HkFrame[] {
  const walker = new FrameWalker();
  const frames = walker.push(readFileSync(path)).map(({ frame }) => decodeHk(frame!));
  const damage = walker.end();
  if (damage) throw damage;
  return frames;
}

/** `kind` of each frame; of data frames the blocks too. */
export function outline(frames: readonly HkFrame[]): string[] {
  return frames.map((frame) => {
    if (frame.kind === 'status') return `status ${frame.providers.map((p) => `${p.id}=${p.description}`).join(' ')}`;
    if (frame.kind !== 'data') return frame.kind;
    const blocks = frame.blocks.map((b) => `${b.name}(${[...b.columns.keys()].join(',')})x${b.ticks.length}`);
    return `data ${frame.providerId} ${blocks.join(' ')}`;
  });
}

export function dataOf(frames: readonly HkFrame[]): HkData<HkBlock>[] {
  return frames.filter((frame): frame is HkData<HkBlock> => frame.kind === 'data');
}

/** `[seconds, value]` of a field in data frames, in their order. */
export function samplesIn(frames: readonly HkFrame[], field: string): [number, unknown][] {
  return dataOf(frames)
    .flatMap(({ blocks }) => blocks)
    .flatMap(({ ticks, columns }) => {
      const column = columns.get(field);
      return column ? Array.from(ticks, (tick, i): [number, unknown] => [Number(tick) / 1e8, valueAt(column, i)]) : [];
    });
}
