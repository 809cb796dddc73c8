import cors from 'cors';
import type { RequestHandler } from 'express';

/**
 * Lets pages of the named origins read answers (`*`: of all), and answers the question that browsers ask first. Without
 * origins nothing is said, and browsers keep other pages out.
 */
export function crossOrigin(allowed: readonly string[]): RequestHandler {
  if (allowed.length === 0) return (_req, _res, next) => next();
  return cors({
    origin: allowed.includes('*') ? '*' : [...allowed],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['accept', 'content-type', 'authorization', 'if-none-match'],
    exposedHeaders: ['ETag', 'Retry-After', 'Sisock-Missing', 'Sisock-Row-Limit'],
    maxAge: 600,
  });
}
