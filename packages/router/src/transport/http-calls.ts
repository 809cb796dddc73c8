import type { IncomingMessage, ServerResponse } from 'node:http';
import { code, type Dict } from '../messages.js';
import type { Limits } from '../options.js';
import type { Realm } from '../realm.js';
import type { Link, Session } from '../session.js';
import type { Stats } from '../stats.js';
import { JsonReader } from '../wire/json-reader.js';
import type { OutMessage } from '../wire/codec.js';
import { MalformedError } from '../wire/limits.js';
import { Payload } from '../wire/payload.js';
import { emptyDict } from '../wire/value.js';
import { encodeFor } from './encode.js';
import { peerName } from './peer-name.js';
import { isUtf8 } from 'node:buffer';

/** A path that calls or publishes for HTTP clients. */
export interface HttpPath {
  /** For example `/call`. */
  readonly path: string;
  readonly role: string;
  /** Default: the router's first realm. */
  readonly realm?: string;
}

export type HttpAction = 'call' | 'publish';

/** A request body that is not as it should be: status 400. */
class BadRequestError extends Error {
  readonly code = 'bad_request';
}

interface Request {
  readonly uri: string;
  readonly options: Dict;
  readonly payload: Payload | undefined;
}

type Waiting = (message: OutMessage) => void;

/** Crossbar's HTTP bridge services `caller` and `publisher`, for one path. Status and bodies are Crossbar's. */
export class HttpCalls {
  private readonly waiting = new Map<number, Waiting>();
  private readonly session: Session;
  private readonly action: HttpAction;
  private readonly limits: Limits;
  private readonly stats: Stats;
  private readonly realm: Realm;
  private lastRequest = 0;

  constructor(action: HttpAction, role: string, realm: Realm, limits: Limits, stats: Stats) {
    this.action = action;
    this.limits = limits;
    this.stats = stats;
    this.realm = realm;
    const link: Link = {
      peer: 'http',
      send: (message) => this.answered(message),
      end: () => undefined,
    };
    const identity = { authid: `http-${action}`, authrole: role, authmethod: 'http', authprovider: 'static' };
    this.session = realm.visit(identity, { cancelable: false, progressiveCallee: false, revocation: false }, link);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A request that is given up has no socket any more.
    const peer = peerName(request.socket);
    const refuse = (status: number, error: string) => this.refuse(response, peer, status, error);
    if (request.method !== 'POST' && request.method !== 'PUT') {
      return refuse(405, `Method not accepted. (${String(request.method)} not allowed, only POST, PUT)`);
    }
    const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') {
      return refuse(400, `Non-accepted content type. (must be 'application/json', not '${String(type)}')`);
    }
    const body = await readBody(request, this.limits.maxBodyBytes);
    if (body === undefined) {
      return refuse(413, `Request body of more than ${this.limits.maxBodyBytes} bytes.`);
    }
    try {
      this.start(
        parseBody(body, this.action === 'call' ? 'procedure' : 'topic', this.limits.maxMessageBytes),
        response,
      );
    } catch (error) {
      if (error instanceof BadRequestError) refuse(400, error.message);
      else if (error instanceof MalformedError) refuse(400, 'Request body was invalid JSON.');
      else throw error;
    }
  }

  close(): void {
    this.realm.leave(this.session);
  }

  private start({ uri, options, payload }: Request, response: ServerResponse): void {
    const request = ++this.lastRequest;
    this.waiting.set(request, (message) => respond(response, 200, bodyOf(message)));
    response.on('close', () => {
      // The client went away, or has its answer.
      if (!this.waiting.delete(request)) return;
      this.realm.receive(this.session, { type: code.CANCEL, request, options: emptyDict });
    });
    const timeout = this.limits.httpCallSec * 1000;
    const type = this.action === 'call' ? code.CALL : code.PUBLISH;
    const given = this.action === 'call' ? { timeout } : { ...options, acknowledge: true };
    this.realm.receive(this.session, { type, request, options: given, uri, payload });
  }

  private answered(message: OutMessage): boolean {
    if (encodeFor(message, 'json', this.stats) === undefined) return false;
    const request = message.header[message.header[0] === code.ERROR ? 2 : 1] as number;
    const waiting = this.waiting.get(request);
    this.waiting.delete(request);
    waiting?.(message);
    return true;
  }

  private refuse(response: ServerResponse, peer: string, status: number, error: string): void {
    this.stats.note('bad_http_request', peer, { path: response.req.url?.slice(0, 200), status, reason: error });
    respond(response, status, Buffer.from(JSON.stringify({ error, args: [], kwargs: {} })));
  }
}

/** Answers with JSON; the connection is closed where the request's body was not read to its end. */
function respond(response: ServerResponse, status: number, body: Buffer): void {
  if (response.writableEnded || response.destroyed) return;
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Cache-Control': 'no-store,no-cache,must-revalidate,max-age=0',
    'Content-Length': body.length,
    ...(status === 413 && { Connection: 'close' }),
  });
  response.end(body);
}

/** `{"args": ..., "kwargs": ...}`, `{"error": ..., "args": ..., "kwargs": ...}` or `{"id": ...}`; errors have status 200 too. */
function bodyOf({ header, payload }: OutMessage): Buffer {
  if (header[0] === code.PUBLISHED) return Buffer.from(JSON.stringify({ id: header[2] }));
  const { args, kwargs } = payload?.as('json') ?? { args: Buffer.from('[]') };
  const parts = [Buffer.from('"args":'), args];
  if (header[0] === code.ERROR) {
    parts.unshift(Buffer.from(`"error":${JSON.stringify(header[4])},`));
    parts.push(Buffer.from(',"kwargs":'), kwargs ?? Buffer.from('{}'));
  } else if (kwargs !== undefined) parts.push(Buffer.from(',"kwargs":'), kwargs);
  return Buffer.concat([Buffer.from('{'), ...parts, Buffer.from('}')]);
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The parts of a request; the arguments stay bytes, as those of WAMP messages do. */
function parseBody(body: Buffer, key: 'procedure' | 'topic', limit: number): Request {
  if (!isUtf8(body)) throw new MalformedError('not UTF-8');
  const members = splitObject(body);
  const member = (name: string): unknown => {
    const bytes = members.get(name);
    return bytes === undefined ? undefined : new JsonReader(bytes).value();
  };
  const uri = member(key);
  const shape = 'Request body was valid JSON, but not well formed';
  if (uri === undefined) throw new BadRequestError(`${shape} (missing key '${key}').`);
  if (typeof uri !== 'string') throw new BadRequestError(`${shape} ('${key}' must be a string).`);
  const list = argument(members.get('args'), 'list');
  const dict = argument(members.get('kwargs'), 'map');
  if (list === false) throw new BadRequestError(`${shape} ('args' must be a list).`);
  if (dict === false) throw new BadRequestError(`${shape} ('kwargs' must be a dict).`);
  const options = member('options') ?? emptyDict;
  if (typeof options !== 'object' || Array.isArray(options))
    throw new BadRequestError(`${shape} ('options' must be a dict).`);
  if (list === undefined && dict === undefined) return { uri, options: options as Dict, payload: undefined };
  const args = list?.bytes ?? Buffer.from('[]');
  const sound = list?.sound !== false && dict?.sound !== false;
  return {
    uri,
    options: options as Dict,
    payload: Payload.ofBytes({ format: 'json', args, kwargs: dict?.bytes, limit }, sound),
  };
}

type Argument = { readonly bytes: Buffer; readonly sound: boolean } | undefined | false;

function argument(bytes: Buffer | undefined, kind: 'list' | 'map'): Argument {
  if (bytes === undefined) return undefined;
  const reader = new JsonReader(bytes);
  const found = reader.kind();
  if (found === 'null') return undefined;
  reader.skip();
  return found === kind && { bytes, sound: !reader.nonFinite };
}

/** The members of a JSON object as the bytes of their values. Throws MalformedError, or BadRequestError for another value. */
function splitObject(body: Buffer): Map<string, Buffer> {
  const reader = new JsonReader(body);
  if (reader.kind() !== 'map') {
    reader.skip();
    reader.finish();
    throw new BadRequestError('Request body was valid JSON, but not well formed (must be a dict).');
  }
  const members = new Map<string, Buffer>();
  reader.members((name, start, end) => members.set(name, body.subarray(start, end)));
  reader.finish();
  return members;
}
