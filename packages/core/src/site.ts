import type { AgentHealth, NodeHealth, Reader } from './reader.js';

/** A data node as the hub lists it. `features`: procedures beyond the original's that it answers. */
export interface NodeInfo {
  readonly name: string;
  readonly description: string;
  readonly features: readonly string[];
}

/** How one node answered. */
export interface NodeStatus {
  readonly name: string;
  readonly reachable: boolean;
  /** Why not, where it is not. */
  readonly error?: string;
  readonly health?: NodeHealth;
}

/** `connected`: the way to the data is there (a WAMP session, or always true in process). */
export interface SiteStatus {
  readonly connected: boolean;
  readonly nodes: readonly NodeStatus[];
}

/** Something that happened; `time` is UNIX seconds. */
export type SiteEvent =
  | { readonly kind: 'connected' | 'disconnected'; readonly time: number }
  | { readonly kind: 'node-added'; readonly time: number; readonly node: NodeInfo }
  | { readonly kind: 'node-removed'; readonly time: number; readonly name: string }
  /** A node began to say that it is not well (`message`: why), or is well again. */
  | { readonly kind: 'node-trouble'; readonly time: number; readonly name: string; readonly message: string }
  | { readonly kind: 'node-well'; readonly time: number; readonly name: string }
  /** A node has learned of more files; `bad` of them are damaged or unreadable. */
  | {
      readonly kind: 'files-indexed';
      readonly time: number;
      readonly name: string;
      readonly files: number;
      readonly bad: number;
    }
  | {
      readonly kind: 'agent-alive' | 'agent-silent';
      readonly time: number;
      readonly agent: AgentHealth;
      /** The data node that told of the agent, where known: who may not see it may not know the agent either. */
      readonly node?: string;
    };

/** All data nodes of an observatory, as gateways see them. */
export interface Site {
  nodes(): readonly NodeInfo[];
  /** @throws SisockError `unknown_node`; the message names the node and some that exist. */
  reader(node: string): Reader;
  status(signal?: AbortSignal): Promise<SiteStatus>;
  /** Events from now on, until the signal. A consumer that lags loses the oldest. */
  events(signal: AbortSignal): AsyncIterable<SiteEvent>;
  /** True while the way to the data is there; cheap. */
  connected(): boolean;
}
