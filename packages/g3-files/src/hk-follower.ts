import {
  G3Damage,
  type G3Frame,
  type HkFrame,
  type HkState,
  type HkSummary,
  HkTracker,
  isHkFrame,
  type WalkedFrame,
} from '@sisock/codecs/g3';

/** What one frame of a file is. */
export interface FollowedFrame<Hk> {
  readonly walked: WalkedFrame;
  /** Null for frames that hold no housekeeping, or that can't be used. */
  readonly hk: Hk | null;
  /** Address of the feed, for data. */
  readonly feed: string | null;
  /** Why the frame, or a part of it, can't be used; the next one can be. */
  readonly passed: G3Damage | null;
}

/** Reads the housekeeping frames of a file in their order, and knows whose data they hold. */
export class HkFollower<Hk extends HkFrame | HkSummary> {
  readonly #tracker: HkTracker;
  readonly #read: (frame: G3Frame) => Hk;

  /** `read` is decodeHk or summarizeHk. */
  constructor(state: HkState, read: (frame: G3Frame) => Hk) {
    this.#tracker = new HkTracker(state);
    this.#read = read;
  }

  get state(): HkState {
    return this.#tracker.state;
  }

  follow(walked: WalkedFrame): FollowedFrame<Hk> {
    const { offset, length, type, frame } = walked;
    const nothing = { walked, hk: null, feed: null };
    if (frame === null) {
      // No status frame is that large: what is known of providers still holds.
      if (type !== 'H') return { ...nothing, passed: null };
      const message = `frame at ${offset}: ${length} bytes are too many to look at`;
      return { ...nothing, passed: new G3Damage('too_large', offset, message) };
    }
    if (!isHkFrame(frame)) return { ...nothing, passed: null };
    try {
      const hk = this.#read(frame);
      return { walked, hk, feed: this.#tracker.follow(hk, offset), passed: lostBlocks(hk, offset) };
    } catch (error) {
      if (!(error instanceof G3Damage)) throw error;
      if (!frame.entries.has('blocks')) this.#tracker.forget();
      return { ...nothing, passed: error };
    }
  }
}

function lostBlocks(hk: HkFrame | HkSummary, offset: number): G3Damage | null {
  if (hk.kind !== 'data' || hk.lostBlocks === 0) return null;
  const message = `frame at ${offset}: ${hk.lostBlocks} blocks can't be read: of an unknown class, or behind one`;
  return new G3Damage('schema', offset, message);
}
