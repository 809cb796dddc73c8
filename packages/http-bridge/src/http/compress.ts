import { constants } from 'node:zlib';
import compression from 'compression';
import type { RequestHandler } from 'express';
import { SisockError } from '@sisock/core';
import type { BridgeLimits } from '../limits.js';

const highestLevel = 9;

/**
 * Compresses answers that are long enough, for clients whose Accept-Encoding asks for it. The lowest level is the default:
 * higher ones take several times as long for a sixth less.
 * @throws SisockError `bad_setting` for a level that there isn't.
 */
export function compress({ compressBytes, compressLevel }: BridgeLimits): RequestHandler {
  if (compressLevel > highestLevel) {
    throw new SisockError('bad_setting', `limit compressLevel ${compressLevel} is above ${highestLevel}`);
  }
  return compression({
    threshold: compressBytes,
    level: compressLevel,
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: compressLevel } },
    // A part of a file is told in bytes of the file as it is.
    filter: (req, res) => res.statusCode !== 206 && compression.filter(req, res),
  });
}
