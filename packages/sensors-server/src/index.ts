export { type SensorsSettings, sensorsSettings } from './settings.js';
export { startSensors, type StartSensorsOptions } from './start-sensors.js';
export { sensorReader, type SensorReader, type SensorReaderOptions } from './sensor-reader.js';
export type { SensorReadings, SensorSource } from './sensor-source.js';
export { sensorsProgram, type SensorsProgramOptions } from './sensors-program.js';
export { parseSensorsOutput, type SensorsOutput } from './sensors-output.js';
export { hwmonFiles } from './hwmon.js';
export type { Reading } from './reading.js';
