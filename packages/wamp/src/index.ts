export {
  BASE_URI,
  hubUris,
  liveUri,
  type NodeFeature,
  nodeFeatures,
  ticketFeature,
  nodeNameProblem,
  type NodeProcedure,
  nodeUri,
  uri,
} from './uri.js';
export { errorUri, fromWampError, toWampError } from './errors.js';
export type {
  CallOptions,
  Kwargs,
  Listener,
  MessageDetails,
  Procedure,
  RegisterOptions,
  SessionDetails,
  SubscribeOptions,
  WampSession,
} from './session-types.js';
export { connectSession, type SessionOptions, type SessionSettings } from './session/connect-session.js';
export { answerChallenge, type Challenge, type OnChallenge } from './session/challenge.js';
export type { LocalPipe } from './session/local.js';
export { type SerializerName, serializerNames } from './session/serializers.js';
export { certificatesOf, crossbarFiles, crossbarSecret, readIfThere, readTrust, trustFile } from './crossbar-files.js';
export { secretCure } from './session/refusal.js';
export {
  type ConnectionSettings,
  crossbarDirectory,
  sessionOptions,
  type WampSettings,
  wampSettings,
} from './settings.js';
export { isDict } from './wire/check.js';
export type { Encoding } from './wire/column.js';
export {
  catalogRequest,
  defaultMaxSamples,
  parseCatalogRequest,
  parseReadRequest,
  parseReduceRequest,
  type ReadRequest,
  readRequest,
  type ReduceRequest,
  reduceRequest,
} from './wire/requests.js';
export { decodeCatalog, encodeCatalog } from './wire/catalog-answer.js';
export { decodeChunk, decodeReduced, encodeChunk, encodeReduced } from './wire/data-answers.js';
export { decodeHealth, encodeHealth } from './wire/health-answer.js';
export {
  decodeFollowAnswer,
  decodeLiveEvent,
  encodeFollowAnswer,
  encodeLiveEvent,
  type FollowAnswer,
  type FollowRequest,
  followRequest,
  type LiveEvent,
  parseFollowRequest,
  type ReleaseRequest,
} from './wire/live.js';
export { type GetDataRequest, type GetFieldsRequest, parseGetData, parseGetFields } from './wire/original-request.js';
export { type DecodedFields, decodeFields, encodeFields } from './wire/original-catalog.js';
export { type DecodedData, decodeData, encodeData, type TimelineData } from './wire/original-data.js';
export type { Series } from './wire/series.js';
export { WampReader } from './site/wamp-reader.js';
export type { FollowLimits } from './site/live-queue.js';
export type { NodeCallOptions } from './site/node-calls.js';
export { WampSite, type WampSiteOptions } from './site/wamp-site.js';
