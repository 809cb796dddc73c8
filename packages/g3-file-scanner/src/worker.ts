import { parentPort } from 'node:worker_threads';
import { inlineIndexer } from './indexer.js';
import { buffersOf, packBlocks } from './pack-blocks.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** The thread's side of WorkerPool: indexes files, and waits after each step of one until it was taken. */
const port = parentPort!;
const indexer = inlineIndexer();
const taken = new Map<number, (goOn: boolean) => void>();

const tell = (message: FromWorker, buffers: ArrayBuffer[] = []) => port.postMessage(message, buffers);

port.on('message', (message: ToWorker) => {
  const { id } = message;
  if (message.kind === 'taken') {
    taken.get(id)?.(message.goOn);
    taken.delete(id);
    return;
  }
  indexer
    .run(message.job, ({ blocks, ...step }, last) => {
      const packed = packBlocks(blocks);
      const answer = new Promise<boolean>((resolve) => taken.set(id, resolve));
      tell({ kind: 'step', id, step, blocks: packed, last }, buffersOf(packed));
      return answer;
    })
    .then(
      (result) => tell({ kind: 'end', id, result }),
      (error: unknown) => {
        const { code = 'internal', message: text = String(error) } = (error ?? {}) as {
          code?: string;
          message?: string;
        };
        tell({ kind: 'failed', id, code, message: text });
      },
    );
});
