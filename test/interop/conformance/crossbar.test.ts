import { startCrossbar } from '../peers/crossbar.js';
import { conformance } from './suite.js';

conformance('Crossbar', startCrossbar, ['cbor']);
