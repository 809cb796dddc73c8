import { trusted } from '../../src/auth/methods.js';
import { code, parseMessage } from '../../src/messages.js';
import { defaultLimits, type Limits } from '../../src/options.js';
import { Peer } from '../../src/peer.js';
import type { RoleTable } from '../../src/permissions.js';
import { Realm } from '../../src/realm.js';
import { Stats } from '../../src/stats.js';
import { decodeMessage, type OutMessage } from '../../src/wire/codec.js';
import { Payload } from '../../src/wire/payload.js';
import { openRoles } from './router.js';

type Message = readonly unknown[];

/** A realm without sockets, with timers that run when told to. */
export class Core {
  readonly stats = new Stats();
  readonly realm: Realm;
  random = 0;
  private readonly due: { at: number; run: () => void }[] = [];
  private clock = 1000;

  constructor(limits: Partial<Limits> = {}, roles: RoleTable = openRoles) {
    const timers = {
      set: (run: () => void, sec: number) => {
        const timer = { at: this.clock + sec, run };
        this.due.push(timer);
        return () => void this.due.splice(this.due.indexOf(timer) >>> 0, 1);
      },
    };
    this.realm = new Realm('test_realm', {
      roles,
      limits: { ...defaultLimits, ...limits },
      timers,
      stats: this.stats,
      now: () => this.clock,
      random: () => this.random,
    });
  }

  get timers(): number {
    return this.due.length;
  }

  advance(sec: number): void {
    this.clock += sec;
    for (const timer of this.due.filter(({ at }) => at <= this.clock)) {
      this.due.splice(this.due.indexOf(timer), 1);
      timer.run();
    }
  }

  connect(role = 'all', features: Record<string, unknown> = {}): Client {
    return new Client(this, role, features);
  }
}

/** A client that speaks plain message arrays. */
export class Client {
  readonly received: Message[] = [];
  ended = false;
  /** Messages of these types cannot be written for it. */
  readonly deafTo = new Set<number>();
  readonly id: number;
  private readonly peer: Peer;
  private lastRequest = 0;

  constructor(core: Core, role: string, callee: Record<string, unknown>) {
    const identity = { authid: `id of ${role}`, authrole: role, authmethod: 'trusted', authprovider: 'static' };
    const gate = { authenticator: trusted(identity), stats: core.stats, realm: () => core.realm };
    this.peer = new Peer(gate, {
      peer: 'test',
      send: (message) => this.take(message),
      end: () => (this.ended = true),
    });
    this.send(code.HELLO, 'test_realm', { roles: { callee: { features: callee } } });
    this.id = this.next()[1] as number;
  }

  /** Header elements; an array in last place but one of a type with arguments is told apart by `sendWith`. */
  send(...header: unknown[]): void {
    this.peer.receive(parseMessage({ header, payload: undefined }));
  }

  sendWith(args: readonly unknown[], ...header: unknown[]): void {
    this.peer.receive(parseMessage({ header, payload: Payload.ofValues(args) }));
  }

  /** The oldest message that was not looked at yet. */
  next(): Message {
    const message = this.received.shift();
    if (message === undefined) throw new Error('no message came');
    return message;
  }

  /** Sends a request and gives its answer. */
  ask(type: number, ...rest: unknown[]): Message {
    this.send(type, ++this.lastRequest, ...rest);
    return this.next();
  }

  subscribe(uri: string, options: object = {}): number {
    return this.ask(code.SUBSCRIBE, options, uri)[2] as number;
  }

  register(uri: string, options: object = {}): number {
    return this.ask(code.REGISTER, options, uri)[2] as number;
  }

  publish(uri: string, options: object = {}, args: readonly unknown[] = []): void {
    this.sendWith(args, code.PUBLISH, ++this.lastRequest, options, uri);
  }

  /** Calls without waiting; gives the request id. */
  call(uri: string, options: object = {}, args: readonly unknown[] = []): number {
    this.sendWith(args, code.CALL, ++this.lastRequest, options, uri);
    return this.lastRequest;
  }

  disconnect(): void {
    this.peer.finish();
  }

  private take(message: OutMessage): boolean {
    const type = message.header[0] as number;
    if (this.deafTo.has(type) && message.payload !== undefined) return false;
    const args = message.payload?.as('json').args;
    this.received.push(args === undefined ? message.header : [...message.header, JSON.parse(args.toString())]);
    return true;
  }
}

/** A message's header and arguments as values. */
export function decodeJson(text: string): Message {
  const { header, payload } = decodeMessage('json', Buffer.from(text), 1 << 20);
  return payload === undefined ? header : [...header, payload.positional()];
}
