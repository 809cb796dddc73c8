#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { commands } from '../cli/commands.js';
import { main } from '../cli/main.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await main(process.argv.slice(2), commands, {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  version: manifest.version,
});
