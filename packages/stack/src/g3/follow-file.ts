import { SisockError } from '@sisock/core';
import {
  decodeHk,
  type G3Damage,
  type G3Frame,
  type HkFrame,
  type HkSummary,
  initialHkState,
  summarizeHk,
} from '@sisock/codecs/g3';
import { type FollowedFrame, HkFollower, walkFile } from '@sisock/g3-files';

/** How a file ended. */
export interface FileEnd {
  readonly frames: number;
  /** Behind the last whole frame. */
  readonly goodOffset: number;
  readonly damage: G3Damage | null;
}

/** Every frame of a file with what it is. `values`: decode data wholly, not only what they are of. */
export function followFile(path: string, values: true): AsyncGenerator<FollowedFrame<HkFrame>, FileEnd>;
export function followFile(path: string, values?: false): AsyncGenerator<FollowedFrame<HkSummary>, FileEnd>;
export async function* followFile(
  path: string,
  values = false,
): AsyncGenerator<FollowedFrame<HkFrame | HkSummary>, FileEnd> {
  const read = (frame: G3Frame): HkFrame | HkSummary => (values ? decodeHk(frame) : summarizeHk(frame));
  const follower = new HkFollower<HkFrame | HkSummary>(initialHkState, read);
  const walk = walkFile(path);
  let frames = 0;
  let goodOffset = 0;
  try {
    for (;;) {
      const { done, value } = await walk.next();
      if (done === true) return { frames, goodOffset, damage: value };
      frames++;
      goodOffset = value.offset + value.length;
      yield follower.follow(value);
    }
  } finally {
    await walk.return(null);
  }
}

/**
 * Goes over files; one that can't be opened, or is no g3 file from its first frame on, is told and costs the status of the
 * command, and the others are looked at.
 */
export async function eachFile(
  paths: readonly string[],
  complain: (text: string) => void,
  look: (path: string) => Promise<FileEnd | null>,
): Promise<number> {
  let status = 0;
  for (const path of paths) {
    try {
      const end = await look(path);
      if (end === null || end.damage === null) continue;
      complain(damageLine(path, end));
      if (end.frames === 0) status = 1;
    } catch (error) {
      if (!(error instanceof SisockError)) throw error;
      complain(error.message);
      status = 1;
    }
  }
  return status;
}

function damageLine(path: string, { frames, goodOffset, damage }: FileEnd): string {
  const before = frames === 0 ? 'nothing can be read' : `the ${frames} frames before, ${goodOffset} bytes, are good`;
  return `${JSON.stringify(path)}: ${damage!.kind}: ${damage!.message}; ${before}`;
}
