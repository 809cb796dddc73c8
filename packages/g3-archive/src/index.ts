export { G3Reader, type G3ReaderOptions } from './g3-reader.js';
