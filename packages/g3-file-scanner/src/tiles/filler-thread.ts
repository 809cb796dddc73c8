import { parentPort, workerData } from 'node:worker_threads';
import { openArchive } from '@sisock/archive';
import { toSisockError } from '@sisock/core';
import { createMetrics, silentLogger, systemClock } from '@sisock/runtime';
import type { FillerSetup, FromFiller, ToFiller } from './filler-messages.js';
import { openFiller } from './open-filler.js';
import { Turns } from './turns.js';

/*
 * The thread's side of FillerThread: it has a connection of its own to the database. What is wrong with files is told by
 * those who serve them.
 */
const port = parentPort!;
const { archive, dataDirectory, leastSamples, recentSec } = workerData as FillerSetup;
const parts = { log: silentLogger(), clock: systemClock };
const turns = new Turns();
const tell = (message: FromFiller) => port.postMessage(message);

const opened = openArchive(archive, { ...parts, metrics: createMetrics(), dataDirectory }).then((store) => ({
  store,
  filler: openFiller({
    ...{ store, ...parts, leastSamples, recentSec },
    turn: () => turns.take(),
    signal: new AbortController().signal,
    progress: (done, of) => tell({ kind: 'progress', done, of }),
  }),
}));

/** With nothing open the thread ends. */
async function end(): Promise<void> {
  port.close();
  const own = await opened.catch(() => null);
  await own?.filler.close();
  await own?.store.close();
}

port.on('message', (message: ToFiller) => {
  if (message.kind === 'pause') return turns.pause(message.paused);
  if (message.kind === 'end') return void end();
  opened
    .then(({ filler }) => filler.fill())
    .then(
      (report) => tell({ kind: 'filled', report }),
      (thrown: unknown) => {
        const { code, message: text } = toSisockError(thrown);
        tell({ kind: 'failed', code, message: text });
      },
    );
});
