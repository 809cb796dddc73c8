export { type ErrorCode, isErrorCode, SisockError, toSisockError } from './errors.js';
export {
  allTime,
  type Clock,
  intersect,
  isEmptyRange,
  justAfter,
  resolveRange,
  sisockToUnixTime,
  type TimeRange,
} from './time.js';
export {
  asFloat64,
  type Batch,
  type Column,
  type ColumnKind,
  lowerBound,
  sliceBatch,
  sliceColumn,
  takeColumn,
  type Value,
  valueAt,
} from './batch.js';
export { type Catalog, type FieldInfo, type FieldType, fieldTypeOf, type TimelineInfo } from './catalog.js';
export type {
  AgentHealth,
  BucketSamples,
  BucketStats,
  Chunk,
  DataChange,
  FollowQuery,
  Gap,
  NodeHealth,
  Reader,
  ReadQuery,
  ReducedField,
  Reduced,
  ReducedSamples,
  ReduceQuery,
  SampleMethod,
  Stat,
} from './reader.js';
export type { NodeInfo, NodeStatus, Site, SiteEvent, SiteStatus } from './site.js';
export { type AccessPolicy, type Credentials, openAccess, type Principal } from './access.js';
export {
  type AccessEntry,
  type AccessRules,
  type CheckLogin,
  type Login,
  rulesPolicy,
  tokenName,
} from './access-rules.js';
export { archiveFieldName, originalFieldName, unusedName } from './field-names.js';
export { matchesName } from './name-pattern.js';
export { cancelError, throwIfCancelled } from './cancel.js';
export { Broadcast, EventQueue } from './event-queue.js';
export { ChangeList } from './change-list.js';
export { Lru } from './lru.js';
export { concatBatches, concatColumns, concatTimes, sameColumns, widenColumn, widerKind } from './join.js';
export { collect, type Collected, readAll, type ReadAllQuery } from './chunks.js';
export {
  checkBatch,
  checkChunk,
  checkReadQuery,
  checkReduceQuery,
  defaultQueryLimits,
  type QueryLimits,
} from './validate.js';
export { bucketEdge, bucketOf, type Buckets, forEachBucket } from './reducers/buckets.js';
export { type ChangesOptions, changesReducer, stateChanges } from './reducers/changes.js';
export { addFinite, type FiniteSum } from './reducers/extremes.js';
export { fieldReducer, type FieldReducer, type ReducerOptions } from './reducers/field-reducer.js';
export { findGaps, type GapOptions, inOneBlock, insertGaps, medianStep } from './reducers/gaps.js';
export { extremesReducer, m4, minMax } from './reducers/m4.js';
export { checkMinStride, minStride } from './reducers/min-stride.js';
export { queryReducer, type QueryReducer, reduceBatches, reduceByReading } from './reducers/reduce.js';
export type { Piece } from './reducers/pieces.js';
export { isState, type PieceReducer, type Runs, runsReducer } from './reducers/runs.js';
export { bucketStats } from './reducers/stats.js';
export {
  type MemoryField,
  MemoryReader,
  type MemoryReaderOptions,
  type MemoryTimelineOptions,
  unknownTimeline,
} from './memory/memory-reader.js';
export { MemorySite, unknownNode } from './memory/memory-site.js';
