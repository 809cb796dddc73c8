export {
  apexWeatherSettings,
  type FileTreeSettings,
  radiometerSettings,
  type WeatherSettings,
  weatherSettings,
} from './settings.js';
export {
  startApexWeather,
  type StartOptions,
  startRadiometer,
  startWeather,
  type StartWeatherOptions,
  type WeatherNode,
} from './start-weather.js';
export { openWeatherArchive, type WeatherArchive, type WeatherArchiveOptions } from './weather-archive.js';
export { type LineProblem, parseSampleLines, type SampleLines, type Samples } from './sample-lines.js';
export { parseWeatherFile, type WeatherFile } from './weather-file.js';
export { weatherReader } from './weather-reader.js';
export { apexLayout } from './apex-files.js';
export { radiometerLayout } from './radiometer-files.js';
export { FileTree, type FileTreeOptions, type TreeLayout } from './file-tree.js';
export { treeReader } from './tree-reader.js';
