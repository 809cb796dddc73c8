import { matchesName, type NodeInfo, type Site, type SiteEvent } from '@sisock/core';
import type { Logger, Metrics, Service } from '@sisock/runtime';
import { isFeedField } from './join-map.js';
import type { JoinSources } from './joiner.js';
import { Source, type SourceOptions, type SourceRole } from './source.js';

export interface SiteSourcesOptions {
  readonly site: Site;
  /** Patterns of names, see {@link matchesName}. */
  readonly archives: readonly string[];
  readonly feeds: readonly string[];
  /** Name of the joined node itself, which is no source. */
  readonly own: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Times of a source in ms. */
  readonly limits?: Partial<Pick<SourceOptions, 'freshMs' | 'answerMs' | 'retryMs'>>;
}

export const defaultSourceLimits = { freshMs: 1000, answerMs: 5000, retryMs: 100 };

/** Between two looks at nodes that match FEED_NODES and had no feed, in ms. */
const lookAgainMs = 30_000;
/** A node that is gone is remembered for so long, in ms: its fields are listed on, and asked for in vain. */
const rememberMs = 3_600_000;

interface Candidate {
  readonly source: Source;
  readonly pattern: boolean;
  goneAt: number | null;
}

/**
 * The nodes of a site that are to be joined, as they come and go. Feed nodes are told by what they serve: fields that name
 * their agent and feed in their labels. A node that was written out by name is taken as it is.
 */
export class SiteSources implements JoinSources, Service {
  readonly #options: SiteSourcesOptions;
  readonly #controller = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #archives = new Map<string, Candidate>();
  readonly #feeds = new Map<string, Candidate>();
  readonly #ended: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  readonly #setUp: (name: string, role: SourceRole, up: boolean) => void;
  readonly #countFailure: (name: string, role: SourceRole) => void;

  constructor(options: SiteSourcesOptions) {
    this.#options = options;
    const { metrics, own, site } = options;
    const labels = ['node', 'source', 'role'] as const;
    const up = metrics.gauge('sisock_joined_source_up', 'Sources of a joined node: 1 while one answers', labels);
    const failures = metrics.counter('sisock_joined_source_failures_total', 'Times a source began to fail', labels);
    this.#setUp = (source, role, is) => up.set({ node: own, source, role }, is ? 1 : 0);
    this.#countFailure = (source, role) => failures.inc({ node: own, source, role });
    const { signal } = this.#controller;
    // Before the first look, so that nothing that comes between is missed.
    const events = site.events(signal);
    this.#look();
    this.#ended = this.#watch(events);
    this.#timer = setInterval(() => this.#look(), lookAgainMs);
  }

  archives(): readonly Source[] {
    return [...this.#archives.values()].map(({ source }) => source);
  }

  feeds(): readonly Source[] {
    const feeds: Source[] = [];
    for (const { source, pattern } of this.#feeds.values()) if (!pattern || servesFeeds(source)) feeds.push(source);
    return feeds;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when every source was asked once for its fields. */
  async learn(): Promise<void> {
    await Promise.all([...this.#archives.values(), ...this.#feeds.values()].map(({ source }) => source.refresh()));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#controller.abort();
    await this.#ended;
  }

  async #watch(events: ReturnType<Site['events']>): Promise<void> {
    for await (const event of events) {
      const name = nodeOf(event);
      if (name === undefined) continue;
      for (const known of [this.#archives, this.#feeds]) {
        for (const [own, { source }] of known) if (name === null || name === own) source.forget();
      }
      this.#look();
    }
  }

  #look(): void {
    const { site, archives, feeds, own } = this.#options;
    const nodes = site.nodes().filter(({ name }) => name !== own);
    this.#keep(this.#archives, 'archive', archives, nodes);
    const others = nodes.filter(({ name }) => !matchesName(archives, name));
    this.#keep(this.#feeds, 'feed', feeds, others);
    // What was no feed node may have become one by its first field.
    const idle = [...this.#feeds.values()].filter(({ source, pattern }) => pattern && !servesFeeds(source));
    for (const { source } of idle) void source.refresh().then(() => servesFeeds(source) && this.#changed());
    this.#changed();
  }

  #keep(into: Map<string, Candidate>, role: SourceRole, patterns: readonly string[], nodes: readonly NodeInfo[]) {
    const now = performance.now();
    const there = new Map(nodes.filter(({ name }) => matchesName(patterns, name)).map((node) => [node.name, node]));
    for (const [name, { features }] of there) {
      const known = into.get(name);
      if (known !== undefined) known.goneAt = null;
      const pattern = !patterns.includes(name);
      // What can't be followed is no live feed, unless somebody says so.
      if (known !== undefined || (role === 'feed' && pattern && !features.includes('follow'))) continue;
      into.set(name, { source: this.#source(name, role), pattern, goneAt: null });
    }
    for (const [name, candidate] of into) {
      if (there.has(name)) continue;
      candidate.goneAt ??= now;
      if (now - candidate.goneAt >= rememberMs || candidate.source.known === null) into.delete(name);
    }
  }

  #source(name: string, role: SourceRole): Source {
    const { site, log, limits } = this.#options;
    this.#setUp(name, role, true);
    return new Source(
      { name, role, reader: () => site.reader(name) },
      {
        ...{ ...defaultSourceLimits, ...limits },
        now: () => performance.now(),
        onState: (source, problem) => {
          this.#setUp(name, role, problem === null);
          if (problem === null) log.info({ source: name, role }, 'a source serves again');
          else {
            this.#countFailure(name, role);
            log.warn({ source: name, role, reason: problem }, 'a source does not serve: going on with the others');
          }
          void source;
          this.#changed();
        },
      },
    );
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function servesFeeds({ known }: Source): boolean {
  for (const info of known?.fields.values() ?? []) if (isFeedField(info)) return true;
  return false;
}

/** The node that came or went; null: any may have; undefined: none did. */
function nodeOf(event: SiteEvent): string | null | undefined {
  switch (event.kind) {
    case 'node-added':
      return event.node.name;
    case 'node-removed':
      return event.name;
    case 'connected':
    case 'disconnected':
      return null;
    case 'agent-alive':
    case 'agent-silent':
    case 'node-trouble':
    case 'node-well':
    case 'files-indexed':
      return undefined;
  }
}
