import type { SisockError } from '@sisock/core';

/** A way to a router: whole WAMP messages, in order. */
export interface Transport {
  /** Without effect where the transport is not open. @throws SisockError or others for what can't be encoded. */
  send(message: unknown[]): void;
  /** Closes with a handshake, and by force where that takes too long. */
  close(): void;
  /** Closes at once. */
  destroy(reason: string): void;
}

/**
 * `open` first (with the serializer's name), `close` last, each once. `fault` is what is known for sure of a transport
 * that never opened.
 */
export interface TransportEvents {
  open(serializer: string): void;
  message(message: unknown[]): void;
  close(reason: string, fault?: SisockError | null): void;
}

export type OpenTransport = (events: TransportEvents) => Transport;
