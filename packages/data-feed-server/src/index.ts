export { type AgentOptions, defaultAgentOptions } from './agents.js';
export { type DataFeed, type DataFeedOptions, startDataFeed } from './data-feed.js';
export { archiveFieldName, type FieldNaming, originalFieldName, servedFieldName, unusedName } from './field-names.js';
export type { FeedInfo } from './feed-info.js';
export type { Counted } from './feed-intake.js';
export { FeedReader, type FeedReaderOptions } from './feed-reader.js';
export { defaultStoreOptions, type StoreOptions } from './feed-store.js';
export type { FeedBlock } from './parse-block.js';
export { defaultEventLimits, type EventLimits, type FeedEvent, parseEvent } from './parse-event.js';
export { defaultRingOptions, type RingOptions } from './ring.js';
export {
  chooseFeeds,
  dataFeedSettings,
  feedLogSettings,
  type DataFeedSettings,
  type FeedChoice,
  readDataFeedSettings,
} from './settings.js';
export {
  defaultFeedLogLimits,
  type Durability,
  FeedLog,
  type FeedLogLimits,
  type FeedLogOptions,
} from './log/feed-log.js';
