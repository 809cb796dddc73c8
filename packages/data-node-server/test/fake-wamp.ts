import { SisockError } from '@sisock/core';
import type { Kwargs, Procedure, SessionDetails, WampSession } from '@sisock/wamp';

/** A router in memory, with sessions that can be lost and come back. Only what data nodes need of it. */
export class FakeRouter {
  readonly procedures = new Map<string, { session: FakeSession; procedure: Procedure; shared: boolean }>();
  #ids = 0;

  session(serializer = 'cbor'): FakeSession {
    const session = new FakeSession(this, serializer);
    session.join();
    return session;
  }

  nextId(): number {
    return ++this.#ids;
  }
}

export class FakeSession implements WampSession {
  details: SessionDetails | null = null;
  readonly ready: Promise<SessionDetails>;
  readonly #router: FakeRouter;
  readonly #serializer: string;
  readonly #wanted = new Map<string, { procedure: Procedure; shared: boolean }>();
  readonly #joinListeners = new Set<(details: SessionDetails) => void>();
  #resolveReady!: (details: SessionDetails) => void;

  constructor(router: FakeRouter, serializer: string) {
    this.#router = router;
    this.#serializer = serializer;
    this.ready = new Promise((resolve) => (this.#resolveReady = resolve));
  }

  /** Joins (again), restores registrations, tells who listens. */
  join(): void {
    const sessionId = this.#router.nextId();
    this.details = { sessionId, realm: 'test_realm', authid: null, authrole: 'server', serializer: this.#serializer };
    for (const [uri, wanted] of this.#wanted) {
      if (!this.#router.procedures.has(uri)) this.#router.procedures.set(uri, { session: this, ...wanted });
    }
    this.#resolveReady(this.details);
    for (const listener of this.#joinListeners) listener(this.details);
  }

  /** The router loses the session. */
  lose(): void {
    this.details = null;
    for (const [uri, { session }] of this.#router.procedures) if (session === this) this.#router.procedures.delete(uri);
  }

  async register(uri: string, procedure: Procedure, options: { invoke?: string } = {}) {
    const shared = options.invoke === 'roundrobin';
    const there = this.#router.procedures.get(uri);
    if (there && !(there.shared && shared)) throw new SisockError('name_taken', `${uri} is registered`);
    this.#wanted.set(uri, { procedure, shared });
    if (this.details && !there) this.#router.procedures.set(uri, { session: this, procedure, shared });
    return {
      close: async () => {
        this.#wanted.delete(uri);
        if (this.#router.procedures.get(uri)?.session === this) this.#router.procedures.delete(uri);
      },
    };
  }

  async call(uri: string, args: readonly unknown[] = [], kwargs: Kwargs = {}): Promise<unknown> {
    if (this.details === null) throw new SisockError('unavailable', 'away');
    const there = this.#router.procedures.get(uri);
    if (!there) throw new SisockError('unavailable', `${uri}: wamp.error.no_such_procedure`);
    return there.procedure(args, kwargs, { caller: this.details.sessionId });
  }

  subscribe = () => Promise.resolve({ close: () => Promise.resolve() });
  publish = () => Promise.resolve();

  onJoin(listener: (details: SessionDetails) => void) {
    this.#joinListeners.add(listener);
    return () => void this.#joinListeners.delete(listener);
  }

  onLeave = () => () => undefined;

  async close(): Promise<void> {
    this.lose();
  }
}

/** A hub that keeps a list, as the original's does: a session that adds again is told `false`, or `true` where it `knows` it. */
export class FakeHub {
  readonly nodes = new Map<string, { session: number; features: unknown }>();
  added = 0;
  readonly #session: FakeSession;
  readonly #knows: boolean;

  private constructor(session: FakeSession, knows: boolean) {
    this.#session = session;
    this.#knows = knows;
  }

  static async start(router: FakeRouter, { knows = true }: { knows?: boolean } = {}): Promise<FakeHub> {
    const hub = new FakeHub(router.session(), knows);
    await hub.#session.register('org.simonsobservatory.data_node.add', ([name, , session], kwargs) => {
      if (!knows && Object.keys(kwargs).length > 0) throw new SisockError('internal', 'unexpected keyword argument');
      return hub.#add(String(name), Number(session), kwargs['features']);
    });
    await hub.#session.register('org.simonsobservatory.data_node.subtract', ([name, session]) => {
      if (hub.nodes.get(String(name))?.session === session) hub.nodes.delete(String(name));
      return null;
    });
    return hub;
  }

  #add(name: string, session: number, features: unknown): boolean {
    const held = this.nodes.get(name);
    if (held && (held.session !== session || !this.#knows)) return false;
    this.nodes.set(name, { session, features });
    this.added++;
    return true;
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
