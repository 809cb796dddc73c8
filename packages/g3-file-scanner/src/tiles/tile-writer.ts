import type { ArchiveStore, TilesUpdate } from '@sisock/archive';

/** Updates are stored in transactions of about so many bytes, and of so many updates. */
const bytesAtOnce = 1_000_000;
const updatesAtOnce = 32;

interface Waiting {
  readonly update: TilesUpdate;
  readonly stored: () => void;
}

/** Stores updates of tiles some together: a transaction costs as much as many of them. */
export class TileWriter {
  readonly #store: Pick<ArchiveStore, 'putTiles'>;
  #waiting: Waiting[] = [];
  #bytes = 0;
  readonly counts = { tiles: 0, bytes: 0, refused: 0 };

  constructor(store: Pick<ArchiveStore, 'putTiles'>) {
    this.#store = store;
  }

  /** `stored` is called when the update is stored, not when it is refused. */
  async add(update: TilesUpdate, stored: () => void = () => undefined): Promise<void> {
    this.#waiting.push({ update, stored });
    for (const tile of update.tiles.values()) this.#bytes += tile.length;
    if (this.#waiting.length >= updatesAtOnce || this.#bytes >= bytesAtOnce) await this.flush();
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (waiting.length === 0) return;
    const results = await this.#store.putTiles(waiting.map(({ update }) => update));
    waiting.forEach(({ update, stored }, i) => {
      if (!results[i]) return void this.counts.refused++;
      for (const tile of update.tiles.values()) {
        this.counts.tiles++;
        if (tile !== 'empty') this.counts.bytes += tile.length;
      }
      stored();
    });
  }
}
