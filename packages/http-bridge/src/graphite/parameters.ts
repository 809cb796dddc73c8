import type { Request } from 'express';
import { SisockError } from '@sisock/core';
import { manyTexts, oneText, type Query } from '../api/parameters.js';

/** Parameters of the URL and of a form in the body, as Graphite's clients mix them. What is not known is ignored. */
export interface Parameters {
  /** One text, the form's first. @throws SisockError `bad_request` when it is given twice in the same place. */
  one(name: string): string | undefined;
  /** All texts, the form's first. */
  all(name: string): string[];
}

export function parametersOf({ query, body }: Pick<Request, 'query' | 'body'>): Parameters {
  const form: Query = typeof body === 'object' && body !== null ? (body as Query) : {};
  return {
    one: (name) => oneText(form, name) ?? oneText(query, name),
    all: (name) => [...manyTexts(form, name), ...manyTexts(query, name)],
  };
}

/** Refuses forms of answers that are not made here. */
export function checkFormat(parameters: Parameters, only: string): void {
  const format = parameters.one('format') ?? only;
  if (format !== only) {
    throw new SisockError('bad_request', `format ${JSON.stringify(format.slice(0, 80))} is not made here: ask ${only}`);
  }
}

/** `maxDataPoints`; undefined where the request leaves it open, as alert rules may. */
export function pointsOfRequest(parameters: Parameters): number | undefined {
  const text = parameters.one('maxDataPoints');
  if (text === undefined) return undefined;
  const points = /^\d+(\.\d+)?$/.test(text) ? Math.floor(Number(text)) : NaN;
  if (Number.isNaN(points)) {
    throw new SisockError('bad_request', `maxDataPoints ${JSON.stringify(text.slice(0, 80))} is no number of points`);
  }
  return points > 0 ? points : undefined;
}
