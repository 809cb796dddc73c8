export { type ErrorCode, isErrorCode, SisockError, toSisockError } from './errors.js';
export {
  allTime,
  type Clock,
  intersect,
  isEmptyRange,
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
