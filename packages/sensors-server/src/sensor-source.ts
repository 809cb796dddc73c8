import type { Reading } from './reading.js';

/** What one reading of all sensors gave, and what could not be read of them. */
export interface SensorReadings {
  readonly readings: readonly Reading[];
  readonly problems: readonly string[];
}

/** A way to this machine's sensors. */
export interface SensorSource {
  readonly name: string;
  /** @throws SisockError `unavailable` where it gives no value; the message says why. */
  read(signal: AbortSignal): Promise<SensorReadings>;
}
