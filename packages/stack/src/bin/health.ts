#!/usr/bin/env node
// `sisock health` with nothing else loaded: containers ask every few seconds.
import { askHealth } from '../cli/ask-health.js';

const port = Number(process.env['HEALTH_PORT'] || NaN);
if (Number.isInteger(port)) {
  const { ready, line } = await askHealth(port);
  process.stdout.write(`${line}\n`);
  process.exitCode = ready ? 0 : 1;
} else {
  process.stdout.write('HEALTH_PORT is not set to a port: nothing to ask\n');
  process.exitCode = 1;
}
