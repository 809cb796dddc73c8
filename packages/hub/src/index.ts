export { type HubOptions, type HubService, startHub } from './start-hub.js';
export type { NodeListing } from './hub.js';
