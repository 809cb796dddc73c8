// Sums what the steps left in a directory: `node sum.mjs DIRECTORY FAILED_STEPS` (names, a line each) prints what each
// suite did by jest's *.json, every failure with the beginning of its message, the steps that failed with the end of
// their *.log, and in the last line the sum of all tests.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** Of the message of one failure; of failures with a message, the others by name alone. */
const mostLines = 40;
const mostMessages = 30;
const lastLines = 15;
const [directory, steps] = process.argv.slice(2);
const failedSteps = steps.split('\n').filter(Boolean);
let passed = 0;
let failed = 0;
const failures = [];

for (const file of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
  const result = JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const bad = result.numFailedTests + result.numRuntimeErrorTestSuites;
  console.log(`${basename(file, '.json')}: ${result.numPassedTests} passed, ${bad} failed`);
  passed += result.numPassedTests;
  failed += bad;
  for (const { name, status, message, assertionResults } of result.testResults) {
    if (status !== 'failed') continue;
    const tests = assertionResults.filter((one) => one.status === 'failed');
    for (const { fullName, failureMessages } of tests) tell(`${here(name)}: ${fullName}`, failureMessages.join('\n'));
    // A file that could not be run, or a hook behind its last test.
    if (tests.length === 0) tell(here(name), message);
  }
}

for (const one of failures) console.log(one);
for (const name of failedSteps) {
  const said = plain(readFileSync(join(directory, `${name}.log`), 'utf8'))
    .trimEnd()
    .split('\n');
  console.log([`STEP FAILED ${name}`, ...said.slice(-lastLines).map((line) => `  ${line}`)].join('\n'));
}
// A step that failed without a failing test (lint, types, an install) counts as one failure.
failed = Math.max(failed, failedSteps.length);
if (passed === 0) failed = Math.max(failed, 1);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function here(path) {
  return relative(process.cwd(), path);
}

function plain(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[\d;]*m/g, '');
}

function tell(name, message) {
  const lines = plain(message).split('\n');
  const own = lines.filter((line) => line.trim() !== '' && !/^\s+at .*(node_modules\/|node:|<anonymous>)/.test(line));
  const shown = failures.length < mostMessages ? own.slice(0, mostLines) : [];
  failures.push([`FAILED ${name}`, ...shown.map((line) => `  ${line}`)].join('\n'));
}
