import { join } from 'node:path';
import type { TreeLayout } from './file-tree.js';
import { treeFile, type TreeFile } from './tree-file.js';
import { type FieldFiles, indexFiles, type NamedFile } from './tree-index.js';

/** What is new in a directory. */
export interface NameNews {
  readonly added: readonly TreeFile[];
  readonly gone: readonly TreeFile[];
  /** Those of the gone whose samples are not there under another name. */
  readonly lost: readonly TreeFile[];
  /** Files that were read before, and of which other times count now. */
  readonly moved: readonly TreeFile[];
}

/** The files of a directory by field and time. */
export class TreeNames {
  readonly #layout: TreeLayout;
  readonly #complain: (name: string, text: string) => void;
  readonly #none: FieldFiles<TreeFile>;
  /** Every name of the directory that was judged, and what came of it. */
  #judged = new Map<string, NamedFile | null>();
  #files = new Map<string, TreeFile>();
  #list: readonly TreeFile[] = [];
  #byField = new Map<string, FieldFiles<TreeFile>>();

  constructor(layout: TreeLayout, complain: (name: string, text: string) => void) {
    this.#layout = layout;
    this.#complain = complain;
    this.#none = indexFiles<TreeFile>([], layout);
  }

  all(): readonly TreeFile[] {
    return this.#list;
  }

  filesOf(field: string): FieldFiles<TreeFile> {
    return this.#byField.get(field) ?? this.#none;
  }

  /** Takes what the directory lists now; null where it is what it listed before. */
  update(names: readonly string[], directory: string): NameNews | null {
    if (names.length === this.#judged.size && names.every((name) => this.#judged.has(name))) return null;
    this.#judged = new Map(names.map((name) => [name, this.#judged.get(name) ?? this.#judge(name)]));
    const before = this.#files;
    const named = [...this.#judged.values()].filter((file) => file !== null);
    this.#files = new Map(
      this.#chosen(named).map((file) => [
        file.name,
        before.get(file.name) ?? treeFile(file, join(directory, file.name)),
      ]),
    );
    this.#list = [...this.#files.values()];
    const gone = [...before.values()].filter(({ name }) => !this.#files.has(name));
    const added = this.#list.filter(({ name }) => !before.has(name));
    const renamed = this.#takeOver(gone, added);
    return {
      added: added.filter((file) => !renamed.has(file)),
      gone,
      lost: gone.filter((file) => !renamed.has(file)),
      moved: this.#index(),
    };
  }

  #judge(name: string): NamedFile | null {
    const judged = this.#layout.parseName(name);
    if (typeof judged !== 'string') return judged;
    this.#complain(name, `left out: its name ${judged}`);
    return null;
  }

  #chosen(named: readonly NamedFile[]): readonly NamedFile[] {
    const chosen = this.#layout.choose?.(named) ?? named;
    if (chosen.length < named.length) {
      const kept = new Set(chosen);
      for (const file of named) {
        if (!kept.has(file)) this.#complain(file.name, 'left out: another file is of the same time');
      }
    }
    return chosen;
  }

  /**
   * A file that is written on may get a name with a later end. The new file then takes over what was seen in the old one, so
   * that it is known to have only grown. Returns both.
   */
  #takeOver(gone: readonly TreeFile[], added: readonly TreeFile[]): ReadonlySet<TreeFile> {
    const beginning = ({ field, start }: NamedFile) => `${start} ${field}`;
    const old = new Map(gone.map((file) => [beginning(file), file]));
    const both = new Set<TreeFile>();
    for (const file of added) {
      const former = old.get(beginning(file));
      if (!former) continue;
      file.seen = former.seen;
      old.delete(beginning(file));
      both.add(file).add(former);
    }
    return both;
  }

  /** Sorts all files anew; returns those of which other times count now. */
  #index(): TreeFile[] {
    const groups = new Map<string, TreeFile[]>();
    for (const file of this.#list) {
      const group = groups.get(file.field);
      if (group) group.push(file);
      else groups.set(file.field, [file]);
    }
    const moved: TreeFile[] = [];
    this.#byField = new Map([...groups].map(([field, files]) => [field, indexFiles(files, this.#layout)]));
    for (const { files, coverOf } of this.#byField.values()) {
      files.forEach((file, i) => {
        const cover = coverOf(i);
        if (cover.start === file.cover.start && cover.end === file.cover.end) return;
        file.cover = cover;
        if (file.stamp === null && file.loading === null) return;
        file.stamp = null;
        moved.push(file);
      });
    }
    return moved;
  }
}
