/** What node:http tells of a request it could not read. */
export interface FailedRequest extends NodeJS.ErrnoException {
  readonly rawPacket?: Uint8Array;
}

/** First byte of a TLS record that opens a handshake (RFC 8446 section 5.1). */
const tlsHandshake = 0x16;

/** Whether what came on a plain port was the beginning of TLS. */
export function isTlsHello({ rawPacket }: FailedRequest): boolean {
  return rawPacket?.[0] === tlsHandshake;
}

/** What was wrong with a handshake on a TLS port; null where the other side just went away. */
export function tlsMistake({ code, message }: NodeJS.ErrnoException): string | null {
  if (code === 'ECONNRESET') return null;
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'plain text on the TLS port: it must be asked by wss://';
  return `TLS handshake failed (${(code ?? message).slice(0, 100)})`;
}
