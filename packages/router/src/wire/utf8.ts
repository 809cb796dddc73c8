import { isUtf8 } from 'node:buffer';

const shortText = 48;

/** Whether `[start, end)` of a buffer is valid UTF-8; short ASCII is decided without a call out of JavaScript. */
export function isText(source: Buffer, start: number, end: number): boolean {
  if (end - start <= shortText) {
    let at = start;
    while (at < end && (source[at] as number) < 0x80) at++;
    if (at === end) return true;
  }
  return isUtf8(source.subarray(start, end));
}
