import { SisockError } from '@sisock/core';
import type { BridgeRequest } from './routes.js';

/** Writes pieces of an answer no faster than the client takes them. */
export interface AnswerStream {
  /** @throws SisockError `cancelled` when the client went away, or took nothing for `writeDeadlineMs` and was cut off. */
  write(piece: Buffer | string): Promise<void>;
  end(): void;
}

/** A streamed answer. `write` waits while the client's buffer is full, so memory is one piece and that buffer. */
export function streamTo({ res, context: { limits, meters } }: BridgeRequest): AnswerStream {
  let wake: (went: boolean) => void = () => undefined;
  // One listener for the whole answer: where it is compressed, one of `drain` can't be taken off again.
  res.on('drain', () => wake(true));
  res.once('close', () => wake(false));
  const drained = (): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => wake(false), limits.writeDeadlineMs);
      wake = (went) => {
        clearTimeout(timer);
        resolve(went);
      };
    });
  return {
    write: async (piece) => {
      if (res.destroyed) throw gone();
      if (piece.length === 0 || res.write(piece)) return;
      if (await drained()) return;
      if (!res.destroyed) {
        meters.cutOff.inc();
        res.destroy();
      }
      throw gone();
    },
    end: () => {
      res.end();
    },
  };
}

function gone(): SisockError {
  return new SisockError('cancelled', 'the client went away');
}
