import { type CraUser, saltingOf } from './auth/wampcra.js';
import { actions, type Permission, type RoleTable } from './permissions.js';
import type { ListenerOptions } from './transport/listener.js';

export interface CrossbarOptions {
  readonly realm: string;
  readonly roles: RoleTable;
  /** As for `Router.listen`, but with file names (relative to Crossbar's directory) for TLS. */
  readonly listeners: readonly CrossbarListener[];
}

export interface CrossbarListener extends Pick<ListenerOptions, 'host' | 'port' | 'path' | 'auth' | 'http'> {
  readonly tls?: { readonly key: string; readonly certificate: string; readonly chainCertificates?: readonly string[] };
}

/**
 * A Crossbar configuration (`version: 2`) that serves the same realm, roles and ports as the embedded router: one table
 * of roles for both.
 */
export function crossbarConfig({ realm, roles, listeners }: CrossbarOptions): object {
  return {
    $schema: 'https://raw.githubusercontent.com/crossbario/crossbar/master/crossbar.json',
    version: 2,
    controller: {},
    workers: [
      {
        type: 'router',
        realms: [{ name: realm, roles: roles.roles.map(({ name, permissions }) => role(name, permissions)) }],
        transports: listeners.map((listener) => transport(listener, realm)),
      },
    ],
  };
}

/** A peer that is gone is noticed, and pages of other machines can't use a person's browser to get at the port. */
const webSocketOptions = {
  auto_ping_interval: 10_000,
  auto_ping_timeout: 20_000,
  auto_ping_size: 12,
  allowed_origins: ['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*'],
  allow_null_origin: true,
};

function role(name: string, permissions: readonly Permission[]): object {
  return {
    name,
    permissions: permissions.map(({ uri, match, allow, disclose }) => ({
      uri,
      match,
      allow: Object.fromEntries(actions.map((action) => [action, allow[action] === true])),
      disclose: { caller: disclose?.caller === true, publisher: disclose?.publisher === true },
      cache: true,
    })),
  };
}

function transport(
  { host = '127.0.0.1', port, path = '/ws', auth, http, tls }: CrossbarListener,
  realm: string,
): object {
  return {
    type: 'web',
    endpoint: {
      type: 'tcp',
      interface: host,
      port,
      ...(tls && {
        tls: {
          key: tls.key,
          certificate: tls.certificate,
          ...(tls.chainCertificates && { chain_certificates: tls.chainCertificates }),
        },
      }),
    },
    paths: {
      // Node information at "/" itself would hide the other paths.
      '/': { type: 'json', value: {} },
      info: { type: 'nodeinfo' },
      [path.slice(1)]: {
        type: 'websocket',
        serializers: ['cbor', 'msgpack', 'json'],
        auth: authOf(auth),
        options: webSocketOptions,
      },
      ...(http?.call && { [http.call.path.slice(1)]: bridge('caller', http.call.role, realm) }),
      ...(http?.publish && { [http.publish.path.slice(1)]: bridge('publisher', http.publish.role, realm) }),
    },
  };
}

function authOf({ anonymous, wampcra }: ListenerOptions['auth']): object {
  const users = Object.entries(wampcra?.users ?? {}).map(([authid, user]) => [authid, salted(user)] as const);
  return {
    ...(anonymous && { anonymous: { type: 'static', role: anonymous.role } }),
    ...(wampcra && { wampcra: { type: 'static', users: Object.fromEntries(users) } }),
  };
}

/** Crossbar takes a user for salted only if all three parameters are there. */
function salted(user: CraUser): CraUser {
  return { ...user, ...saltingOf(user) };
}

function bridge(type: 'caller' | 'publisher', authrole: string, realm: string): object {
  return { type, realm, role: authrole, options: {} };
}
