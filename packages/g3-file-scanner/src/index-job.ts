import type { BlockEntry, FileState } from '@sisock/archive';
import { type G3Damage, type G3Limits, type HkState, initialHkState } from '@sisock/codecs/g3';
import { type FileIndex, type FileIndexStep, fingerprint, indexFile, isSameFile } from '@sisock/g3-files';
import { type FileStamp, stampFile } from './file-stamp.js';

/** One file to index. Plain data: it goes to another thread. */
export interface IndexJob {
  readonly path: string;
  /** As it was when the job was made. */
  readonly stamp: FileStamp;
  /** What is known of it, where it may be gone on from there. */
  readonly from: Pick<FileState, 'goodOffset' | 'fingerprint' | 'resume' | 'damage'> | null;
  /** It rests: what ends inside a frame will not be finished any more. */
  readonly settled: boolean;
  readonly stepBytes?: number;
  readonly limits?: Partial<G3Limits>;
}

/** A piece of a file: what was found, and what is then known of the file. */
export interface JobStep {
  readonly mode: 'append' | 'replace';
  readonly blocks: readonly BlockEntry[];
  readonly file: FileState;
  /** Bytes walked over in this step. */
  readonly bytes: number;
  /** Frames that were passed over in this file, so far. */
  readonly passed: number;
}

/** `replaced`: another file took the name while this one was read; the last step must not be used. */
export type JobEnd = { readonly replaced: true } | { readonly replaced: false; readonly step: JobStep };

/**
 * Indexes a file in steps of bounded size. A step is given back only when the file still has its inode, so that what was read
 * of one file never gets the fingerprint of another. Throws the file system's errors.
 */
export async function* indexJob(job: IndexJob, signal?: AbortSignal): AsyncGenerator<JobStep, JobEnd> {
  const { path, stamp, settled } = job;
  const from = await resumePoint(job);
  const steps = indexFile(path, {
    ...(from && { from: { offset: from.offset, state: from.state } }),
    ...(job.limits && { limits: job.limits }),
    ...(job.stepBytes !== undefined && { stepBytes: job.stepBytes }),
    pieceBytes: pieceBytesOf(job, from?.offset ?? 0),
    ...(signal && { signal }),
  });
  // Damage behind which the walk went on stays with the file however it grows.
  let damage = from?.damage ?? null;
  let mode: JobStep['mode'] = from ? 'append' : 'replace';
  let passed = 0;
  let offset = from?.offset ?? 0;
  const stepOf = async (found: FileIndexStep, end: G3Damage | null): Promise<JobStep> => {
    passed += found.passed.length;
    damage ??= found.passed[0] ? describe(found.passed[0]) : null;
    const told = end === null || (end.kind === 'truncated' && !settled) ? damage : describe(end);
    const step: JobStep = {
      mode,
      blocks: found.blocks,
      file: {
        path,
        size: stamp.size,
        mtimeUs: stamp.mtimeUs,
        goodOffset: found.goodOffset,
        outcome: told === null ? 'ok' : 'damaged',
        damage: told,
        fingerprint: await fingerprint(path, found.goodOffset),
        resume: JSON.stringify(found.state),
      },
      bytes: found.goodOffset - offset,
      passed,
    };
    mode = 'append';
    offset = found.goodOffset;
    return step;
  };
  try {
    for (;;) {
      const next: IteratorResult<FileIndexStep, FileIndex> = await steps.next();
      const step = await stepOf(next.value, next.done ? next.value.damage : null);
      if ((await stampFile(path))?.identity !== stamp.identity) return { replaced: true };
      if (next.done) return { replaced: false, step };
      yield unfinished(step);
    }
  } finally {
    // Who ends the job early must not leave the file open.
    await steps.return({ ...nothingFound, damage: null });
  }
}

const nothingFound: FileIndexStep = { blocks: [], goodOffset: 0, state: initialHkState, passed: [] };

/** A step that is not the last must look like one: a process that ends here goes on behind it. */
function unfinished(step: JobStep): JobStep {
  return { ...step, file: { ...step.file, outcome: 'ok', size: Math.max(step.file.size, step.file.goodOffset + 1) } };
}

/** Small files need no large buffers; and a step ends with what was read at once, so small steps need small pieces. */
function pieceBytesOf({ stamp, stepBytes = mostPieceBytes }: IndexJob, offset: number): number {
  const wanted = Math.max(leastPieceBytes, stamp.size - offset + 1);
  return Math.min(wanted, stepBytes, mostPieceBytes);
}

const leastPieceBytes = 16 * 1024;
const mostPieceBytes = 1024 * 1024;

interface ResumePoint {
  readonly offset: number;
  readonly state: HkState;
  readonly damage: FileState['damage'];
}

async function resumePoint({ path, stamp, from }: IndexJob): Promise<ResumePoint | null> {
  if (from === null || from.goodOffset === 0 || stamp.size < from.goodOffset) return null;
  const state = parseState(from.resume);
  if (state === null || !(await isSameFile(path, from.fingerprint))) return null;
  const { damage, goodOffset: offset } = from;
  return { offset, state, damage: damage !== null && damage.offset < offset ? damage : null };
}

function parseState(text: string): HkState | null {
  try {
    const { sessionId, providers } = JSON.parse(text) as Partial<HkState>;
    return Array.isArray(providers) ? { ...initialHkState, sessionId: sessionId ?? null, providers } : null;
  } catch {
    return null;
  }
}

const describe = ({ kind, offset, message }: G3Damage): FileState['damage'] => ({ kind, offset, message });
