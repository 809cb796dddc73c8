// Runs the pieces of bench/ one after the other, each in a process of its own, and prints one table of all figures.
// `npm run bench` runs all, `npm run bench -- router stack` some. A piece prints its figures as JSON lines
// {what, unit, ours, peer?, peerName?, goal?, lowerIsBetter?}; everything else it prints is passed through.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { table } from './lib/table.mjs';

const here = import.meta.dirname;
const all = readdirSync(here).filter((name) => name.endsWith('.mjs') && name !== 'run.mjs');
const asked = process.argv.slice(2);
const pieces = asked.length > 0 ? asked.map((name) => `${name.replace(/\.mjs$/, '')}.mjs`) : all;
const unknown = pieces.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no such piece: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}

const figures = [];
let failed = 0;
for (const piece of pieces) {
  console.error(`-- ${piece}`);
  const child = spawn(process.execPath, ['--expose-gc', `${here}/${piece}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const figure = figureOf(line);
    if (figure) figures.push({ piece: piece.replace('.mjs', ''), ...figure });
    else console.error(line);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) {
    console.error(`${piece} failed with status ${status}`);
    failed++;
  }
}
console.log(
  `\nNode ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, ${new Date().toISOString()}\n`,
);
console.log(table(figures));
process.exit(failed === 0 ? 0 : 1);

function figureOf(line) {
  if (!line.startsWith('{')) return null;
  try {
    const figure = JSON.parse(line);
    return typeof figure.what === 'string' && typeof figure.ours === 'number' ? figure : null;
  } catch {
    return null;
  }
}
