const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Up to it, plain ASCII is put together here faster than a decoder does. */
const short = 32;

/** Bytes `from` to `to` as UTF-8; bytes that are none become U+FFFD. */
export function utf8(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > short) return decoder.decode(bytes.subarray(from, to));
  let text = '';
  for (let i = from; i < to; i++) {
    const code = bytes[i]!;
    if (code >= 0x80) return decoder.decode(bytes.subarray(from, to));
    text += String.fromCharCode(code);
  }
  return text;
}
