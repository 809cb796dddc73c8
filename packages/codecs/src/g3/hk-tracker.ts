import { G3Damage, type HkFrame, type HkState, type HkSummary } from './types.js';

/**
 * Follows the housekeeping frames of a file and knows whose data a data frame holds. docs/g3.md, "Sessions and providers".
 * Data of another session, or of a provider that is not known, are refused: names are never guessed.
 */
export class HkTracker {
  #sessionId: string | null;
  #providers: Map<string, string>;

  constructor(state: HkState) {
    this.#sessionId = state.sessionId;
    this.#providers = new Map(state.providers);
  }

  /** What is needed to go on behind the last frame. */
  get state(): HkState {
    return { sessionId: this.#sessionId, providers: [...this.#providers] };
  }

  /**
   * @param offset of the frame in the file, for damage.
   * @returns the feed's address for a data frame, null for others.
   * @throws G3Damage `schema` for data that belong to nobody who is known.
   */
  follow(frame: HkSummary | HkFrame, offset = 0): string | null {
    switch (frame.kind) {
      case 'unknown':
        return null;
      case 'session':
        this.#enter(frame.sessionId);
        return null;
      case 'status':
        // The frame before it, that begins the session, may be lost.
        this.#enter(frame.sessionId);
        this.#providers = new Map(frame.providers.map(({ id, description }) => [String(id), description]));
        return null;
      case 'data':
        return this.#feed(frame, offset);
    }
  }

  /**
   * Says that a frame could not be used that may have told of providers: what is known of them may be out of date from here
   * on.
   */
  forget(): void {
    this.#providers.clear();
  }

  #enter(sessionId: bigint): void {
    const id = String(sessionId);
    if (id === this.#sessionId) return;
    this.#sessionId = id;
    this.#providers.clear();
  }

  #feed(frame: Extract<HkSummary | HkFrame, { kind: 'data' }>, offset: number): string {
    const { sessionId, providerId, address } = frame;
    const damage = (message: string) => new G3Damage('schema', offset, `frame at ${offset}: ${message}`);
    if (String(sessionId) !== this.#sessionId) {
      throw damage(`data of session ${sessionId} in session ${this.#sessionId ?? '(none yet)'}`);
    }
    const listed = this.#providers.get(String(providerId));
    if (listed !== undefined && address !== null && listed !== address) {
      throw damage(`data of ${address} by provider ${providerId}, which is ${listed}`);
    }
    const feed = listed ?? address;
    if (feed === null) throw damage(`data of provider ${providerId}, which no status frame lists`);
    return feed;
  }
}
