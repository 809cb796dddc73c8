import type { NodeInfo } from '@sisock/core';
import { nodeNameProblem } from '../uri.js';
import { isDict } from '../wire/check.js';

const mostNodes = 10_000;
const longestDescription = 2000;
const mostFeatures = 50;

/** A node as the hub lists and announces it; null when it is none. */
export function decodeNode(wire: unknown): NodeInfo | null {
  if (!isDict(wire) || nodeNameProblem(wire['name']) !== null) return null;
  const { name, description, features } = wire;
  return {
    name: name as string,
    description: typeof description === 'string' ? description.slice(0, longestDescription) : '',
    features: Array.isArray(features)
      ? features.slice(0, mostFeatures).filter((f): f is string => typeof f === 'string')
      : [],
  };
}

/** The hub's list; entries that are none are left out and counted. */
export function decodeNodes(wire: unknown): { readonly nodes: ReadonlyMap<string, NodeInfo>; readonly wrong: number } {
  const nodes = new Map<string, NodeInfo>();
  let wrong = 0;
  for (const one of Array.isArray(wire) ? wire.slice(0, mostNodes) : [wire]) {
    const node = decodeNode(one);
    if (node === null) wrong++;
    else nodes.set(node.name, node);
  }
  return { nodes, wrong };
}

export function sameNode(a: NodeInfo | undefined, b: NodeInfo): boolean {
  return a?.description === b.description && a.features.join() === b.features.join();
}
