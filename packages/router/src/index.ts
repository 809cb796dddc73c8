export type { AuthOptions } from './auth/methods.js';
export type { CraUser } from './auth/wampcra.js';
export { defaultLimits, type Limits, type RouterOptions, type Timers } from './options.js';
export {
  type Action,
  type Permission,
  permissionsFrom,
  type Placeholders,
  type Role,
  type RoleTable,
} from './permissions.js';
export { createRouter, type LocalPeerOptions, type Router, type RouterCounts } from './router.js';
export type { HttpPath } from './transport/http-calls.js';
export type { Listener, ListenerOptions, TlsPair } from './transport/listener.js';
export type { LocalPeer } from './transport/local.js';
export { type Format, formats } from './wire/format.js';
export { crossbarConfig, type CrossbarListener, type CrossbarOptions } from './crossbar-config.js';
