import type { BlockCache } from '@sisock/blocks';
import type { Clock, Reader } from '@sisock/core';
import { serveReader, type ServedReader, type WampSession } from '@sisock/data-node-server';
import type { Logger, Metrics } from '@sisock/runtime';
import { apexLayout } from './apex-files.js';
import { FileTree, type TreeLayout } from './file-tree.js';
import { radiometerLayout } from './radiometer-files.js';
import type { FileTreeSettings, WeatherSettings } from './settings.js';
import { treeReader } from './tree-reader.js';
import { openWeatherArchive } from './weather-archive.js';
import { weatherReader } from './weather-reader.js';

export interface StartOptions<S> {
  readonly session: WampSession;
  readonly settings: S;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Keeps what reductions over long times are made of. */
  readonly blocks?: BlockCache | undefined;
}

export type StartWeatherOptions = StartOptions<WeatherSettings>;
export type WeatherNode = ServedReader & { readonly reader: Reader };

/**
 * Serves a directory of weather files as a data node.
 * @throws SisockError `bad_setting` when the directory can't be read, `name_taken` when another node has the name.
 */
export async function startWeather(options: StartWeatherOptions): Promise<WeatherNode> {
  const { settings, log, metrics, clock } = options;
  const archive = await openWeatherArchive({ directory: settings.WEATHER_DIRECTORY, log, metrics, clock });
  return serve(options, weatherReader(archive));
}

/** Serves the APEX weather as ACT archives it, out of thousands of files. Errors as {@link startWeather}. */
export function startApexWeather(options: StartOptions<FileTreeSettings>): Promise<WeatherNode> {
  return startTree(options, apexLayout);
}

/** Serves the archive of the UCSC radiometer, a file a day. Errors as {@link startWeather}. */
export function startRadiometer(options: StartOptions<FileTreeSettings>): Promise<WeatherNode> {
  return startTree(options, radiometerLayout);
}

async function startTree(options: StartOptions<FileTreeSettings>, layout: TreeLayout): Promise<WeatherNode> {
  const { settings, log, metrics, clock } = options;
  const { DATA_DIRECTORY: directory, CACHE_BYTES: cacheBytes } = settings;
  return serve(options, treeReader(await FileTree.open({ directory, layout, cacheBytes, log, metrics, clock })));
}

type NodeSettings = Pick<WeatherSettings, 'NAME' | 'DESCRIPTION' | 'MAX_POINTS'>;

async function serve(options: StartOptions<NodeSettings>, reader: Reader): Promise<WeatherNode> {
  const { session, settings, log, metrics, clock, blocks } = options;
  const { NAME: name, DESCRIPTION: description, MAX_POINTS: maxPoints } = settings;
  const served = await serveReader({ session, name, description, reader, maxPoints, log, metrics, clock, blocks });
  return { ...served, reader };
}
