import type { Stats } from '../stats.js';
import { encodeMessage, lossOf, type OutMessage } from '../wire/codec.js';
import type { Format } from '../wire/format.js';
import { MalformedError, TooLargeError } from '../wire/limits.js';

/** The bytes of a message for one peer, counted; undefined if they cannot be made. */
export function encodeFor(message: OutMessage, format: Format, stats: Stats): Buffer | undefined {
  try {
    const bytes = encodeMessage(message, format);
    const type = message.header[0] as number;
    stats.sent[type] = (stats.sent[type] ?? 0) + 1;
    const loss = lossOf(message, format);
    if (loss > 0) stats.count('non_finite', loss);
    return bytes;
  } catch (error) {
    if (!(error instanceof MalformedError) && !(error instanceof TooLargeError)) throw error;
    stats.count('unrepresentable');
    return undefined;
  }
}
