export { directoryTrouble, type Trouble } from './directory-troubles.js';
export type { Effort, FileEvent } from './file-result.js';
export { describeReport, type ScanReport } from './scan-report.js';
export { fillDepth, readScannerSettings, scannerSettings, type ScannerSettings } from './settings.js';
export {
  defaultWorkers,
  type Scanner,
  type ScannerHealth,
  type ScannerOptions,
  startScanner,
} from './start-scanner.js';
export type { FillDepth } from './tiles/filling.js';
export { type FillReport, TileFiller, type TileFillerOptions } from './tiles/tile-filler.js';
export {
  describeFill,
  startTileFiller,
  type StartTileFillerOptions,
  type TileFillerService,
} from './tiles/start-tile-filler.js';
