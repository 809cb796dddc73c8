import { startEmbedded } from '../peers/embedded.js';
import { conformance } from './suite.js';

conformance('the embedded router', startEmbedded, ['json', 'msgpack', 'cbor']);
