import { parentPort } from 'node:worker_threads';
import { inlineIndexer } from './indexer.js';
import { buffersOf, packBlocks } from './pack-blocks.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** The thread's side of WorkerPool: indexes one file after the other, and waits after each step until it was taken. */
const port = parentPort!;
const indexer = inlineIndexer();
let taken: (goOn: boolean) => void = () => undefined;

const tell = (message: FromWorker, buffers: ArrayBuffer[] = []) => port.postMessage(message, buffers);

port.on('message', (message: ToWorker) => {
  if (message.kind === 'taken') {
    taken(message.goOn);
    return;
  }
  indexer
    .run(message.job, ({ blocks, ...step }, last) => {
      const packed = packBlocks(blocks);
      const answer = new Promise<boolean>((resolve) => (taken = resolve));
      tell({ kind: 'step', step, blocks: packed, last }, buffersOf(packed));
      return answer;
    })
    .then(
      (result) => tell({ kind: 'end', result }),
      (error: unknown) => {
        const { code = 'internal', message: text = String(error) } = (error ?? {}) as {
          code?: string;
          message?: string;
        };
        tell({ kind: 'failed', code, message: text });
      },
    );
});
