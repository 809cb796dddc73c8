// Runs the suites of bench/, each piece in a process of its own, and prints one table of all figures.
// `npm run bench` runs all, `npm run bench -- serve router` some. Options: --quick (all in five minutes), --write (the table
// goes into RESULTS.md). A piece prints its figures as JSON lines (lib/table.mjs); everything else it prints is passed on.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { machineFacts } from './lib/machine.mjs';
import { isMet, table } from './lib/table.mjs';

const here = import.meta.dirname;
const suites = {
  g3: ['g3', 'g3-scan'],
  serve: ['serve'],
  feed: ['feed-intake', 'feed-end-to-end'],
  router: ['router'],
  original: ['original'],
  memory: ['memory'],
  scale: ['scale'],
  pixels: ['pixels'],
  page: ['page'],
};
const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' } },
  allowPositionals: true,
});
const there = Object.keys(suites).filter((suite) => suites[suite].every((piece) => existsSync(pathOf(piece))));
const asked = positionals.length > 0 ? positionals : there;
const unknown = asked.filter((name) => !there.includes(name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${there.join(', ')}`);
  process.exit(2);
}

const started = performance.now();
const figures = [];
let failed = 0;
let child;
// A piece sees to its own processes when it is told to end.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (child?.kill('SIGTERM'), process.exit(1)));
for (const suite of asked) for (const piece of suites[suite]) await runPiece(suite, piece);

const minutes = ((performance.now() - started) / 60_000).toFixed(1);
const goals = figures.map(isMet).filter((met) => met !== undefined);
const facts = `${machineFacts()}; ${values.quick ? 'quick, ' : ''}${minutes} minutes`;
const reached = `${goals.filter(Boolean).length} of ${goals.length} goals are met.`;
console.log(`\n${facts}\n\n${table(figures)}\n\n${reached}`);
if (values.write) writeResults();
process.exit(failed === 0 ? 0 : 1);

function pathOf(piece) {
  return join(here, `${piece}.mjs`);
}

async function runPiece(suite, piece) {
  console.error(`-- ${piece}`);
  const args = ['--expose-gc', pathOf(piece), ...(values.quick ? ['--quick'] : [])];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const figure = figureOf(line);
    if (figure) figures.push({ piece: suite, ...figure });
    else console.error(line);
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status === 0) return;
  console.error(`${piece} failed with status ${status}`);
  failed++;
}

/** Between the two marks of RESULTS.md; what is said around them stays. */
function writeResults() {
  const path = join(here, 'RESULTS.md');
  const [before, , after] = readFileSync(path, 'utf8').split(/<!-- (?:figures|end) -->\n/);
  writeFileSync(
    path,
    `${before}<!-- figures -->\n\n${facts}\n\n${table(figures)}\n\n${reached}\n\n<!-- end -->\n${after}`,
  );
}

function figureOf(line) {
  if (!line.startsWith('{')) return null;
  try {
    const figure = JSON.parse(line);
    return typeof figure.what === 'string' && typeof figure.ours === 'number' ? figure : null;
  } catch {
    return null;
  }
}
