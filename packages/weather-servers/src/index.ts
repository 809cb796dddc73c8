export { type WeatherSettings, weatherSettings } from './settings.js';
export { startWeather, type StartWeatherOptions } from './start-weather.js';
export { openWeatherArchive, type WeatherArchive, type WeatherArchiveOptions } from './weather-archive.js';
export { parseWeatherFile, type WeatherFile, type WeatherProblem } from './weather-file.js';
export { weatherReader } from './weather-reader.js';
