import type { Response } from 'express';
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
  return {
    write: async (piece) => {
      if (res.destroyed) throw gone();
      if (piece.length === 0 || res.write(piece)) return;
      if (await drained(res, limits.writeDeadlineMs)) return;
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

function drained(res: Response, deadlineMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (went: boolean) => {
      clearTimeout(timer);
      res.off('drain', onDrain);
      res.off('close', onClose);
      resolve(went);
    };
    const onDrain = () => finish(true);
    const onClose = () => finish(false);
    const timer = setTimeout(() => finish(false), deadlineMs);
    res.on('drain', onDrain);
    res.on('close', onClose);
  });
}

function gone(): SisockError {
  return new SisockError('cancelled', 'the client went away');
}
