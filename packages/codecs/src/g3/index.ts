export { crc32c } from './crc32c.js';
export { FrameWalker, parseFrame } from './frame-walker.js';
export { decodeHk, isHkFrame, summarizeHk } from './hk.js';
export { HkTracker } from './hk-tracker.js';
export { defaultG3Limits } from './limits.js';
export { decodeObject, type G3Object, type G3Value } from './objects.js';
export { ticksToSeconds } from './ticks.js';
export {
  type DamageKind,
  G3Damage,
  type G3Frame,
  type G3Limits,
  type HkBlock,
  type HkBlockSummary,
  type HkData,
  type HkFrame,
  type HkFrameToWrite,
  type HkProvider,
  type HkSession,
  type HkState,
  type HkStatus,
  type HkSummary,
  type HkUnknown,
  type HkWanted,
  initialHkState,
  type WalkedFrame,
} from './types.js';
export { writeFrame, writeHk } from './write.js';
