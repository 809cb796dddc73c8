export { type Bridge, type BridgeAddress, type BridgeOptions, createBridge } from './bridge.js';
export { isLoopback, openBridgeAccess } from './open-access.js';
export { type BridgeLimits, defaultLimits } from './limits.js';
export type { PageMount } from './routes/root.js';
export { bridgeOptions, type BridgeSettings, bridgeSettings } from './settings.js';
