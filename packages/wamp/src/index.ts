export {
  BASE_URI,
  hubUris,
  type NodeFeature,
  nodeFeatures,
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
export { type ConnectionSettings, sessionOptions, type WampSettings, wampSettings } from './settings.js';
