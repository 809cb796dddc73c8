/** Nobody reads what is printed any more (`| head`): the work ends quietly. */
export class OutputClosed extends Error {
  constructor() {
    super('nobody reads the output');
    this.name = 'OutputClosed';
  }
}

const flushAt = 64 * 1024;

/** Text in large pieces, at the pace of who reads it. */
export class Output {
  readonly #pour: (text: string) => Promise<boolean>;
  #waiting = '';

  /** `pour` resolves when there is room for more; with false when nobody reads any more. */
  constructor(pour: (text: string) => Promise<boolean>) {
    this.#pour = pour;
  }

  /** Adds without waiting; false says that it is time to flush. */
  add(text: string): boolean {
    this.#waiting += text;
    return this.#waiting.length < flushAt;
  }

  /** @throws OutputClosed */
  async put(text: string): Promise<void> {
    if (!this.add(text)) await this.flush();
  }

  /** @throws OutputClosed */
  async flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '' && !(await this.#pour(text))) throw new OutputClosed();
  }
}

/** A JSON array, an element a line, without holding all of it. */
export class JsonArray {
  readonly #output: Output;
  #some = false;

  constructor(output: Output) {
    this.#output = output;
  }

  async put(element: string): Promise<void> {
    await this.#output.put(this.#some ? `,\n${element}` : `[\n${element}`);
    this.#some = true;
  }

  async end(): Promise<void> {
    await this.#output.put(this.#some ? '\n]\n' : '[]\n');
  }
}

/** What stands in a file may not break the line or reach into the terminal. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** Rows with their columns under each other. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of clean) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
