#!/usr/bin/env -S node --max-semi-space-size=2
// Without that limit (in MB) 32 MB are held for objects that live for a moment; it costs no time.
import { readFileSync } from 'node:fs';
import { loadCommands } from '../cli/load-commands.js';
import { main } from '../cli/main.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Who reads may go first (`| head`): said by the callback of the write. Anything else that goes wrong ends the process.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const argv = process.argv.slice(2);
process.exitCode = await main(argv, await loadCommands(argv), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  pour: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error))),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  version: manifest.version,
});
