import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { watch } from './processes.mjs';

/** A program that answers each line on its standard input with one line of JSON, one after the other. */
export function lineWorker(program, args) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  watch(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${program} ${args.join(' ')} ended without an answer to ${line}`);
      return JSON.parse(value);
    },
    async stop() {
      const ended = new Promise((resolve) => (child.exitCode === null ? child.once('close', resolve) : resolve()));
      child.stdin.end();
      await ended;
    },
  };
}
