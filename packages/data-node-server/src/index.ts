export { type NodeConstants, nodeConstants, sisockToUnixTime } from './constants.js';
export { DataNodeServer, type NodeContext, type StartOptions } from './data-node-server.js';
export { defaultLimits, type NodeLimits } from './limits.js';
export {
  type GetData,
  type GetFields,
  readerFromNode,
  type NodeReaderOptions,
  type StridedReader,
} from './node-reader.js';
export type { NodeData, NodeField, NodeFields, NodeTimeline, NodeTimes, NodeValues, OnProblem } from './node-shape.js';
export type { OriginalNames } from './original-rows.js';
export type { RequestMetrics } from './request-metrics.js';
export { runDataNode } from './run-data-node.js';
export { serveReader, type ServedReader, type ServeOptions } from './serve-reader.js';
export { cursorBehind, parseCursor, rowBehind, type TimePlace } from './time-cursor.js';
export { BASE_URI, type Challenge, type SessionDetails, uri, type WampSession } from '@sisock/wamp';
