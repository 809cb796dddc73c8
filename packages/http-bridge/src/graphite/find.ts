import { SisockError } from '@sisock/core';
import { failuresOf } from '../http/partial.js';
import { askNodes, type KnownField, quote } from '../plan/resolve.js';
import type { SiteView } from '../site/view.js';
import { expandBraces, type SegmentPattern, segmentPattern } from './glob.js';
import { escapeNode } from './path.js';
import { placesOf } from './tree.js';

/** What a pattern leads to. */
export interface Match {
  readonly path: string;
  /** The last part of the path. */
  readonly text: string;
  /** The field of that path, null where the path only leads on. */
  readonly field: KnownField | null;
  readonly leadsOn: boolean;
}

export interface Matches {
  /** Of each pattern, sorted by path, each path once. */
  readonly found: ReadonlyMap<string, readonly Match[]>;
  /** Nodes whose list of fields could not be had. */
  readonly failures: ReadonlyMap<string, SisockError>;
}

export interface FindLimits {
  /** Longest pattern, in characters. */
  readonly length: number;
  /** Paths that all patterns together may mean, their `{a,b}` lists expanded. */
  readonly lists: number;
}

/**
 * What patterns lead to. Only the nodes they may mean are asked, all at once; a pattern of one part asks none.
 * @throws SisockError `bad_request` for a pattern that can't be read, `too_large` above a limit.
 */
export async function findMatches(
  view: SiteView,
  patterns: Iterable<string>,
  limits: FindLimits,
  signal?: AbortSignal,
): Promise<Matches> {
  const nodes = view.nodes().map(({ name }) => ({ name, escaped: escapeNode(name) }));
  const wanted = [...new Set(patterns)].map((pattern) => ({ pattern, paths: readPattern(pattern, limits) }));
  const meant = wanted.reduce((sum, { paths }) => sum + paths.length, 0);
  if (meant > limits.lists) {
    throw new SisockError('too_large', `the patterns mean ${meant} paths, more than the ${limits.lists} allowed`);
  }
  const asked = new Set<string>();
  for (const { paths } of wanted) {
    for (const [first, ...rest] of paths) {
      if (rest.length === 0) continue;
      for (const { name, escaped } of nodes) if (first!.matches(escaped)) asked.add(name);
    }
  }
  const catalogs = await askNodes(view, asked, signal);
  const found = new Map<string, readonly Match[]>();
  for (const { pattern, paths } of wanted) {
    const matches = new Map<string, Match>();
    for (const [first, ...rest] of paths) {
      for (const { name, escaped } of nodes) {
        if (!first!.matches(escaped)) continue;
        if (rest.length === 0) {
          matches.set(escaped, { path: escaped, text: escaped, field: null, leadsOn: true });
          continue;
        }
        const catalog = catalogs.get(name);
        if (!catalog || !('fields' in catalog)) continue;
        for (const { path, text, field, hasBelow } of placesOf(name, catalog, rest)) {
          const known = field && { node: name, info: field, timeline: catalog.timelines.get(field.timeline) };
          matches.set(path, { path, text, field: known, leadsOn: hasBelow });
        }
      }
    }
    found.set(
      pattern,
      [...matches.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  }
  return { found, failures: failuresOf(catalogs) };
}

function readPattern(pattern: string, { length, lists }: FindLimits): SegmentPattern[][] {
  if (pattern.length > length) {
    throw new SisockError('too_large', `${quote(pattern)} is longer than the ${length} characters allowed`);
  }
  return expandBraces(pattern, lists).map((path) => path.split('.').map(segmentPattern));
}
