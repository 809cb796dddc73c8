import type { Payload } from './wire/payload.js';
import type { RawMessage } from './wire/codec.js';

/** Message type codes (WAMP specification, "Message Codes"). */
export const code = {
  HELLO: 1,
  WELCOME: 2,
  ABORT: 3,
  CHALLENGE: 4,
  AUTHENTICATE: 5,
  GOODBYE: 6,
  ERROR: 8,
  PUBLISH: 16,
  PUBLISHED: 17,
  SUBSCRIBE: 32,
  SUBSCRIBED: 33,
  UNSUBSCRIBE: 34,
  UNSUBSCRIBED: 35,
  EVENT: 36,
  CALL: 48,
  CANCEL: 49,
  RESULT: 50,
  REGISTER: 64,
  REGISTERED: 65,
  UNREGISTER: 66,
  UNREGISTERED: 67,
  INVOCATION: 68,
  INTERRUPT: 69,
  YIELD: 70,
} as const;

const names = new Map<number, string>(Object.entries(code).map(([name, value]) => [value, name]));

/** `HELLO` for 1 and so on; `other` for a number that is no message type. */
export function messageName(type: number): string {
  return names.get(type) ?? 'other';
}

export type Dict = Readonly<Record<string, unknown>>;
export const matches = ['exact', 'prefix', 'wildcard'] as const;
export type Match = (typeof matches)[number];

export interface HelloMessage {
  readonly type: typeof code.HELLO;
  readonly realm: string;
  readonly details: Dict;
}

export interface FarewellMessage {
  readonly type: typeof code.ABORT | typeof code.GOODBYE;
  readonly details: Dict;
  readonly reason: string;
}

export interface AuthenticateMessage {
  readonly type: typeof code.AUTHENTICATE;
  readonly signature: string;
  readonly extra: Dict;
}

/** PUBLISH and CALL. */
export interface RequestMessage {
  readonly type: typeof code.PUBLISH | typeof code.CALL;
  readonly request: number;
  readonly options: Dict;
  readonly uri: string;
  readonly payload: Payload | undefined;
}

/** SUBSCRIBE and REGISTER. */
export interface EnterMessage {
  readonly type: typeof code.SUBSCRIBE | typeof code.REGISTER;
  readonly request: number;
  readonly options: Dict;
  readonly uri: string;
}

/** UNSUBSCRIBE and UNREGISTER. */
export interface RemoveMessage {
  readonly type: typeof code.UNSUBSCRIBE | typeof code.UNREGISTER;
  readonly request: number;
  /** Of the subscription or registration. */
  readonly id: number;
}

export interface CancelMessage {
  readonly type: typeof code.CANCEL;
  readonly request: number;
  readonly options: Dict;
}

export interface YieldMessage {
  readonly type: typeof code.YIELD;
  readonly request: number;
  readonly options: Dict;
  readonly payload: Payload | undefined;
}

/** ERROR as the answer to an INVOCATION. */
export interface ErrorMessage {
  readonly type: typeof code.ERROR;
  readonly request: number;
  readonly details: Dict;
  readonly uri: string;
  readonly payload: Payload | undefined;
}

/** The messages a client may send, checked. */
export type InMessage =
  | HelloMessage
  | FarewellMessage
  | AuthenticateMessage
  | RequestMessage
  | EnterMessage
  | RemoveMessage
  | CancelMessage
  | YieldMessage
  | ErrorMessage;

/** A message that breaks the protocol (WAMP specification, "Protocol Violations"): the session ends. */
export class ViolationError extends Error {
  readonly code = 'protocol_violation';
}

const maxUriLength = 1024;

/** Checks a message's shape. Throws ViolationError. */
export function parseMessage({ header, payload }: RawMessage): InMessage {
  const type = header[0];
  switch (type) {
    case code.HELLO:
      return { type, realm: text(header[1], 'realm'), details: dict(header[2]) };
    case code.ABORT:
    case code.GOODBYE:
      return { type, details: dict(header[1]), reason: text(header[2], 'reason') };
    case code.AUTHENTICATE:
      return { type, signature: text(header[1], 'signature'), extra: dict(header[2]) };
    case code.PUBLISH:
    case code.CALL:
      return { type, request: id(header[1]), options: dict(header[2]), uri: text(header[3], 'uri'), payload };
    case code.SUBSCRIBE:
    case code.REGISTER:
      return { type, request: id(header[1]), options: dict(header[2]), uri: text(header[3], 'uri') };
    case code.UNSUBSCRIBE:
    case code.UNREGISTER:
      return { type, request: id(header[1]), id: id(header[2]) };
    case code.CANCEL:
      return { type, request: id(header[1]), options: dict(header[2]) };
    case code.YIELD:
      return { type, request: id(header[1]), options: dict(header[2]), payload };
    case code.ERROR:
      if (header[1] !== code.INVOCATION) throw new ViolationError('an ERROR that answers no INVOCATION');
      return { type, request: id(header[2]), details: dict(header[3]), uri: text(header[4], 'error'), payload };
    default:
      throw new ViolationError(`a message of type ${describe(type)}, which a client does not send`);
  }
}

/** WAMP specification, "IDs": integers from 1 to 2^53. Some encoders write large ones as floats: taken, if whole. */
function id(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 2 ** 53) return value;
  throw new ViolationError(`an id that is ${describe(value)} instead of an integer from 1 to 2^53`);
}

function dict(value: unknown): Dict {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return value as Dict;
  }
  throw new ViolationError(`options that are ${describe(value)} instead of a dictionary`);
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new ViolationError(`a ${what} that is ${describe(value)} instead of a string`);
  if (value.length > maxUriLength) throw new ViolationError(`a ${what} of more than ${maxUriLength} characters`);
  return value;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a dictionary' : `a ${typeof value}`;
}
