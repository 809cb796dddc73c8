/** Things in memory up to a limit of bytes; the least recently used go first. */
export class Lru<V> {
  readonly #held = new Map<string, { value: V; bytes: number }>();
  readonly #limit: number;
  #bytes = 0;

  /** `limitBytes` 0: nothing is held. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** What it holds now; never above the limit. */
  get bytes(): number {
    return this.#bytes;
  }

  get limit(): number {
    return this.#limit;
  }

  get size(): number {
    return this.#held.size;
  }

  get(key: string): V | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, held);
    return held.value;
  }

  /** Whether it is held; that is no use of it. */
  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** What is larger than the limit is not held. `bytes`: with what the caller reckons for bookkeeping. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.#limit) return;
    this.#held.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#bytes -= held.bytes;
  }

  /** What is held, the most recently used last. */
  *entries(): Generator<readonly [string, V], void, undefined> {
    for (const [key, { value }] of this.#held) yield [key, value];
  }
}
