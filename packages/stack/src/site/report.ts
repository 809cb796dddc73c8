/** What was done to a site, for the person who asked for it. It is never given what a file with secrets holds. */
export class SiteReport {
  readonly #done: string[] = [];
  readonly #problems: string[] = [];
  readonly #touched = new Set<string>();
  #unchanged = 0;

  made(path: string, note?: string): void {
    this.#touched.add(path);
    this.#done.push(line('made', path, note));
  }

  changed(path: string, note: string): void {
    this.#touched.add(path);
    this.#done.push(line('changed', path, note));
  }

  /** Told one by one only where there is something to say of it. */
  kept(path: string, note?: string): void {
    if (note === undefined) this.#unchanged++;
    else this.#done.push(line('kept', path, note));
  }

  /** Something that keeps the site from working until somebody acts. */
  problem(path: string, note: string): void {
    this.#problems.push(`${path} ${note}`);
  }

  /** True where the file is not as it was. */
  touched(path: string): boolean {
    return this.#touched.has(path);
  }

  get lines(): readonly string[] {
    const { length } = this.#done;
    if (this.#unchanged === 0) return this.#done;
    const rest = `kept     ${this.#unchanged} ${length === 0 ? '' : 'other '}${this.#unchanged === 1 ? 'file' : 'files'} as before`;
    return [...this.#done, rest];
  }

  get problems(): readonly string[] {
    return this.#problems;
  }
}

function line(what: string, path: string, note: string | undefined): string {
  return `${what.padEnd(8)} ${path}${note === undefined ? '' : ` (${note})`}`;
}
