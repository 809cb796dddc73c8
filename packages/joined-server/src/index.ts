export { JoinedReader, type JoinedReaderOptions } from './joined-reader.js';
export type { JoinSources } from './joiner.js';
export { joinedSettings, type JoinedSettings } from './settings.js';
export { defaultSourceLimits, SiteSources, type SiteSourcesOptions } from './site-sources.js';
export { Source, type SourceNode, type SourceOptions, type SourceRole } from './source.js';
export { type JoinedNode, type JoinedNodeOptions, startJoinedNode } from './start-joined-node.js';
