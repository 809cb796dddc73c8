export { type G3ReaderSettings, g3ReaderSettings } from './settings.js';
export { type G3ReaderNode, startG3Reader, type StartG3ReaderOptions } from './start-g3-reader.js';
