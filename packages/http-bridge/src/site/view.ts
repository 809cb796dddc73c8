import {
  type AccessPolicy,
  type Catalog,
  type NodeInfo,
  type Principal,
  type Reader,
  type Site,
  SisockError,
  type SiteStatus,
} from '@sisock/core';
import type { Catalogs } from './catalogs.js';
import { checkedReader } from './checked-reader.js';

/** The site as one principal may see it. Routes get nothing else, so no route can forget to ask the policy. */
export interface SiteView {
  nodes(): readonly NodeInfo[];
  /** True when there is such a node and the principal may see it. */
  has(node: string): boolean;
  /** True when the principal may know of what concerns a node, there or gone; null: what concerns the site as a whole. */
  sees(node: string | null): boolean;
  /** What is said of a node that is not there, or hidden. */
  unknown(node: string): SisockError;
  /** Its answers are checked. @throws SisockError `unknown_node`, for a hidden node as for one that is not there. */
  reader(node: string): Reader;
  catalog(node: string, signal?: AbortSignal): Promise<Catalog>;
  /** Its list of fields as it is or was a moment ago (see Catalogs.soon). */
  catalogSoon(node: string, signal?: AbortSignal): Promise<Catalog>;
  status(signal?: AbortSignal): Promise<SiteStatus>;
}

export function viewFor(site: Site, catalogs: Catalogs, access: AccessPolicy, principal: Principal): SiteView {
  const visible = (node: string) => access.maySee(principal, node);
  const nodes = () => site.nodes().filter((node) => visible(node.name));
  const has = (name: string) => nodes().some((node) => node.name === name);
  const unknown = (name: string) => {
    const known = nodes().map((node) => node.name);
    const list = known.length > 0 ? `there are ${known.slice(0, 10).join(', ')}` : 'there is none';
    return new SisockError('unknown_node', `no data node ${JSON.stringify(name.slice(0, 200))}: ${list}`);
  };
  const refuse = (name: string) => {
    if (!has(name)) throw unknown(name);
  };
  return {
    nodes,
    has,
    unknown,
    sees: (node) => node === null || visible(node),
    reader: (name) => {
      refuse(name);
      return checkedReader(name, site.reader(name));
    },
    catalog: async (name, signal) => {
      refuse(name);
      return catalogs.of(name, signal);
    },
    catalogSoon: async (name, signal) => {
      refuse(name);
      return catalogs.soon(name, signal);
    },
    status: async (signal) => {
      const status = await site.status(signal);
      return { ...status, nodes: status.nodes.filter((node) => visible(node.name)) };
    },
  };
}
