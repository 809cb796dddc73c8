/** Preloaded into a process (NODE_OPTIONS=--import): its clock is off by the seconds in the file CLOCK_OFFSET_FILE. */
import { readFileSync } from 'node:fs';

const now = Date.now.bind(Date);
const read = () => {
  try {
    return Number(readFileSync(process.env.CLOCK_OFFSET_FILE, 'utf8')) * 1000;
  } catch {
    return 0;
  }
};
let offset = read();
setInterval(() => (offset = read()), 50).unref();
Date.now = () => now() + offset;
