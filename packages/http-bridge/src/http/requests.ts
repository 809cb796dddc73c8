import type { RequestHandler } from 'express';
import { SisockError } from '@sisock/core';
import type { BridgeContext } from '../context.js';
import { routeOf } from './errors.js';

/** Grafana puts its paths behind the URL it was given: a slash at that URL's end makes `//search`. */
export const collapseSlashes: RequestHandler = (req, _res, next) => {
  const [path = '', ...query] = req.url.split('?');
  if (path.includes('//')) req.url = [path.replace(/\/{2,}/g, '/'), ...query].join('?');
  next();
};

export const securityHeaders: RequestHandler = (_req, res, next) => {
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'",
  );
  next();
};

/** Counts and times every request, and logs it at debug. */
export function measure({ log, meters }: BridgeContext): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    res.once('close', () => {
      const route = routeOf(res);
      const seconds = (performance.now() - started) / 1000;
      const status = res.writableFinished ? String(res.statusCode) : 'cut off';
      meters.requests.inc({ route, status });
      meters.seconds.observe({ route }, seconds);
      log.debug({ method: req.method, route, status, ms: Math.round(seconds * 1e4) / 10 }, 'request');
    });
    next();
  };
}

/** Lets so many requests in at once; the next is told to come again rather than made to wait. */
export function admission({ limits }: BridgeContext): RequestHandler {
  let inside = 0;
  return (_req, res, next) => {
    if (inside >= limits.concurrentRequests) {
      throw new SisockError('unavailable', `${limits.concurrentRequests} requests are worked on already: try again`);
    }
    inside++;
    res.once('close', () => inside--);
    next();
  };
}
