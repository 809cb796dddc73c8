import { setTimeout as sleep } from 'node:timers/promises';
import type { ArchiveStore, CommitResult, FileState, FileUpdate, KnownFile } from '@sisock/archive';
import type { Clock } from '@sisock/core';
import type { G3Limits } from '@sisock/codecs/g3';
import type { Logger } from '@sisock/runtime';
import type { Committer } from './committer.js';
import { decide } from './decide.js';
import { addEffort, type FileEvent, type FileResult, noEffort } from './file-result.js';
import { codeOf, type FileStamp, isAbsent, isFileTrouble, isSystemError, sameStamp, stampFile } from './file-stamp.js';
import type { IndexJob, JobStep } from './index-job.js';
import type { Indexer } from './indexer.js';
import type { KnownFiles } from './known-files.js';
import type { Patience } from './patience.js';
import type { RestingFiles } from './resting-files.js';

export interface FileTaskOptions {
  readonly store: Pick<ArchiveStore, 'file'>;
  readonly known: KnownFiles;
  readonly resting: RestingFiles;
  readonly committer: Committer;
  readonly indexer: Indexer;
  readonly patience: Patience;
  readonly log: Logger;
  readonly clock: Clock;
  readonly limits?: Partial<G3Limits>;
  readonly stepBytes?: number;
  /** Told of each step that was stored. */
  readonly stored: (step: JobStep) => void;
}

interface Attempt extends Omit<FileResult, 'what'> {
  /** `again`: somebody came between; what is known and what is there must be looked at anew. */
  readonly what: FileEvent | 'again';
}

/** Another scanner, or somebody who replaces the file, may come between so often before the file is left for the next look. */
const attempts = 30;
const pauseMs = 20;
const mostPauseMs = 500;
const justWrittenSec = 2;

/** Brings what is known of single files up to date. A file must not have two tasks at once. */
export class FileTasks {
  readonly #options: FileTaskOptions;

  constructor(options: FileTaskOptions) {
    this.#options = options;
  }

  /** Looks at the file, and indexes what is new of it. @throws SisockError `cancelled`, and what waiting does not mend. */
  async run(path: string, urgent = false): Promise<FileResult> {
    let effort = noEffort;
    for (let i = 0; i < attempts; i++) {
      const { what, ...own } = await this.#attempt(path, urgent, i > 0);
      effort = addEffort(effort, own);
      if (what !== 'again') return { what, ...effort };
      // Two that stumble over each other at every step must fall out of step.
      if (i > 0) await sleep(Math.random() * Math.min(pauseMs * i, mostPauseMs));
    }
    return { what: 'failed', ...effort };
  }

  async #attempt(path: string, urgent: boolean, isRepeated: boolean): Promise<Attempt> {
    const { store, known, patience, resting } = this.#options;
    const row = isRepeated || known.get(path) !== null ? await patience.run(() => store.file(path)) : null;
    if (row) known.take(row);
    let stamp: FileStamp | null;
    try {
      stamp = await stampFile(path);
    } catch (error) {
      return this.#unreadable(path, row, null, error);
    }
    if (stamp === null) return this.#gone(path, row);
    const decision = decide(row, stamp);
    if (decision === 'same') resting.forget(path);
    if (decision === 'same' || (decision === 'unfinished' && !resting.isDue(path, stamp))) {
      return { what: 'same', ...noEffort };
    }
    if (decision === 'again' && row?.size === stamp.size && !(await this.#stands(path, stamp))) {
      return { what: 'again', ...noEffort };
    }
    const from = decision === 'again' ? null : row;
    const settled = resting.isSettled(path, stamp);
    return this.#index(row, { path, stamp, from, settled }, urgent);
  }

  async #index(row: KnownFile | null, job: IndexJob, urgent: boolean): Promise<Attempt> {
    const { indexer, committer, limits, stepBytes, known, resting, stored } = this.#options;
    let effort = { ...noEffort, opened: 1 };
    let expected = row?.version ?? null;
    let mode: JobStep['mode'] | undefined;
    let end: { readonly step: JobStep; readonly result: Promise<CommitResult> } | undefined;
    let trouble: unknown = null;
    const store = async (step: JobStep, isLast: boolean): Promise<boolean> => {
      const update: FileUpdate = { file: step.file, expected, mode: step.mode, blocks: step.blocks };
      const { result } = await committer.add(update, !isLast || urgent);
      if (isLast) {
        // The indexer goes on with the next file while this one is written.
        end = { step, result };
        return true;
      }
      const committed = await result;
      if (committed.conflict) return false;
      expected = committed.file.version;
      known.take(committed.file);
      stored(step);
      return true;
    };
    const take = async (step: JobStep, isLast: boolean): Promise<boolean> => {
      mode ??= step.mode;
      const samples = step.blocks.reduce((n, block) => n + block.count, 0);
      effort = addEffort(effort, { opened: 1, bytes: step.bytes, blocks: step.blocks.length, samples });
      return store(step, isLast).catch((error: unknown) => {
        trouble = error;
        return false;
      });
    };
    const options = { ...(limits && { limits }), ...(stepBytes !== undefined && { stepBytes }) };
    try {
      await indexer.run({ ...job, ...options }, take, urgent);
    } catch (error) {
      if (isFileTrouble(error)) return this.#unreadable(job.path, row, job.stamp, error);
      if (!isAbsent(error) && codeOf(error) !== 'bad_data') throw error;
      // It went, or was cut, while it was read.
      return { what: 'again', ...effort };
    }
    if (trouble !== null) throw trouble as Error;
    const committed = await end?.result;
    if (end === undefined || committed === undefined || committed.conflict) return { what: 'again', ...effort };
    known.take(committed.file);
    stored(end.step);
    resting.note(job.path, committed.file, job.stamp);
    this.#tell(row, end.step);
    const isNew = row === null || row.outcome === 'gone';
    return { what: isNew ? 'added' : mode === 'append' ? 'grown' : 'replaced', ...effort };
  }

  /** A file's damage is told when it is met, not whenever the file grows or is looked at again. */
  #tell(before: KnownFile | null, { file: { path, damage }, passed }: JobStep): void {
    if (damage === null) return;
    if (before?.damage?.offset === damage.offset && before.damage.kind === damage.kind) return;
    const { kind, offset, message } = damage;
    this.#options.log.warn({ file: path, offset, kind, ...(passed > 1 && { passed }) }, `${path}: ${message}`);
  }

  async #gone(path: string, row: KnownFile | null): Promise<Attempt> {
    const { resting, log } = this.#options;
    resting.forget(path);
    if (row === null || row.outcome === 'gone') return { what: 'same', ...noEffort };
    const file: FileState = { ...stateOf(row), goodOffset: 0, outcome: 'gone', damage: null };
    if (!(await this.#commit({ file, expected: row.version, mode: 'replace', blocks: [] }))) {
      return { what: 'again', ...noEffort };
    }
    log.info({ file: path }, 'file is gone');
    return { what: 'gone', ...noEffort };
  }

  /** What was indexed of the file stays: it may be readable for others, and again. */
  async #unreadable(path: string, row: KnownFile | null, stamp: FileStamp | null, error: unknown): Promise<Attempt> {
    const isOurs = !isSystemError(codeOf(error));
    const message = isOurs ? (error as Error).message : `${path} can't be read: ${codeOf(error)}`;
    const result: Attempt = { what: 'unreadable', ...noEffort, opened: stamp === null ? 0 : 1 };
    if (row?.outcome === 'unreadable' && row.damage?.message === message) return result;
    const { size, mtimeUs } = stamp ?? row ?? { size: 0, mtimeUs: 0 };
    const before = row && row.outcome !== 'gone' ? stateOf(row) : { goodOffset: 0, fingerprint: '', resume: '' };
    const damage = { kind: 'unreadable', offset: before.goodOffset, message };
    const file: FileState = { ...before, path, size, mtimeUs, outcome: 'unreadable', damage };
    const mode = file.goodOffset > 0 ? 'append' : 'replace';
    if (!(await this.#commit({ file, expected: row?.version ?? null, mode, blocks: [] }))) {
      return { ...result, what: 'again' };
    }
    this.#options.log.warn({ file: path, kind: 'unreadable' }, message);
    return result;
  }

  /** False when another scanner was faster. */
  async #commit(update: FileUpdate): Promise<boolean> {
    const { committer, known } = this.#options;
    const committed = await (await committer.add(update)).result;
    if (!committed.conflict) known.take(committed.file);
    return !committed.conflict;
  }

  /** A write in progress changes the time of a file before its size: a file that was written just now gets a moment. */
  async #stands(path: string, stamp: FileStamp): Promise<boolean> {
    if (Math.abs(this.#options.clock() - stamp.mtimeUs / 1e6) >= justWrittenSec) return true;
    await sleep(50);
    const later = await stampFile(path);
    return later !== null && sameStamp(later, stamp);
  }
}

function stateOf({ path, size, mtimeUs, goodOffset, outcome, damage, fingerprint, resume }: KnownFile): FileState {
  return { path, size, mtimeUs, goodOffset, outcome, damage, fingerprint, resume };
}
