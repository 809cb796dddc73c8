/** A message or payload that is not what its format says; `message` is fit for the peer's eyes. */
export class MalformedError extends Error {
  readonly code = 'malformed';
}

/** A payload that became larger than allowed while it was written in another format. */
export class TooLargeError extends Error {
  readonly code = 'too_large';
}

/** Nesting deeper than this is refused in every format: readers recurse. */
export const maxDepth = 64;

/** Values (scalars and containers together) a message header or a router's own argument list may hold. */
export const maxHeaderValues = 10_000;

/** Digits of an integer literal that are still read as an integer; longer ones are read as a float. */
export const maxIntegerDigits = 40;

/** Bytes of a CBOR big number that are still read as an integer. */
export const maxBignumBytes = 16;

export function malformed(what: string, position: number): MalformedError {
  return new MalformedError(`${what} at byte ${position}`);
}
