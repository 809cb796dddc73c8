import { createComplaints } from '@sisock/runtime';
import { trusted } from './auth/methods.js';
import { defaultLimits, type RouterOptions, systemTimers } from './options.js';
import type { Gate } from './peer.js';
import { Realm, type RouterContext } from './realm.js';
import { Stats } from './stats.js';
import { type Listener, listen, type ListenerOptions } from './transport/listener.js';
import { LocalLink, type LocalPeer } from './transport/local.js';
import type { Format } from './wire/format.js';

export interface LocalPeerOptions {
  /** A role of the role table. */
  readonly role: string;
  readonly authid: string;
  /** Default `cbor`. */
  readonly serializer?: Format;
}

export interface RouterCounts {
  readonly sessions: number;
  /** What went wrong, by kind: see README. */
  readonly mishaps: Readonly<Record<string, number>>;
}

export interface Router {
  /** Opens a port. Rejects as `net.Server.listen` fails (`code` EADDRINUSE and so on). */
  listen(options: ListenerOptions): Promise<Listener>;
  /** A trusted peer in this process: who it says it is, whatever realm its HELLO names of this router's. */
  connectLocal(options: LocalPeerOptions): LocalPeer;
  counts(): RouterCounts;
  /** Says goodbye to all peers, then closes within `closeSec`. */
  close(): Promise<void>;
}

/** A WAMP router without a port yet: `listen` opens one. */
export function createRouter(options: RouterOptions): Router {
  const { now = () => Date.now() / 1000, random = Math.random, log } = options;
  const stats = new Stats(log && createComplaints(log));
  if (options.metrics !== undefined) stats.expose(options.metrics);
  const limits = { ...defaultLimits, ...options.limits };
  const timers = options.timers ?? systemTimers;
  const context: RouterContext = { roles: options.roles, limits, timers, stats, now, random };
  const names = options.realms ?? ['test_realm'];
  const realms = new Map(names.map((name) => [name, new Realm(name, context)]));
  const realm = (name = names[0]): Realm | undefined => realms.get(name ?? '');
  const listeners = new Set<Listener>();
  const locals = new Set<LocalLink>();
  let closed = false;

  return {
    async listen(listenerOptions) {
      checkRoles(listenerOptions, options.roles.has);
      const listener = await listen(listenerOptions, { ...context, log, realm });
      listeners.add(listener);
      return listener;
    },
    connectLocal({ role, authid, serializer = 'cbor' }) {
      checkRole(role, options.roles.has);
      const identity = { authid, authrole: role, authmethod: 'trusted', authprovider: 'static' };
      const gate: Gate = { authenticator: trusted(identity), stats, realm };
      const link = new LocalLink({ gate, serializer, limits, log, label: authid });
      locals.add(link);
      void link.whenClosed.then(() => locals.delete(link));
      if (closed) link.session.finish();
      return link.client;
    },
    counts: () => ({ sessions: stats.sessions, mishaps: Object.fromEntries(stats.mishaps) }),
    async close() {
      closed = true;
      for (const link of locals) {
        link.session.shutDown();
        link.session.finish();
      }
      await Promise.all([...listeners].map((listener) => listener.close()));
      await Promise.all([...locals].map((link) => link.whenClosed));
    },
  };
}

function checkRoles({ auth, http }: ListenerOptions, has: (role: string) => boolean): void {
  const users = Object.values(auth.wampcra?.users ?? {});
  const roles = [auth.anonymous?.role, http?.call?.role, http?.publish?.role, ...users.map((user) => user.role)];
  for (const role of roles) if (role !== undefined) checkRole(role, has);
}

function checkRole(role: string, has: (role: string) => boolean): void {
  if (!has(role)) throw new TypeError(`no role "${role}" in the role table`);
}
