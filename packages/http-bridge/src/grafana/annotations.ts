import { SisockError, type TimeRange } from '@sisock/core';
import { z } from 'zod';
import type { FoundEvent } from '../events/find-events.js';
import { parseWith } from '../http/body.js';
import { requestRange } from './request-range.js';

export interface AnnotationRequest {
  readonly range: TimeRange;
  readonly words: string;
  /** Given back with each annotation, as SimpleJson wants it. */
  readonly annotation: object;
}

/** It comes back with each event, so it must not be long. */
const longestAnnotation = 5000;

const body = z.object(
  {
    range: requestRange,
    annotation: z.looseObject({ query: z.string('a query is a text').nullish() }, 'an annotation is an object'),
  },
  'an object is wanted',
);

/**
 * The body of SimpleJson's `POST /annotations`.
 * @throws SisockError `bad_request`, `too_large` for an annotation too long to be given back with each event.
 */
export function parseAnnotations(given: unknown): AnnotationRequest {
  const { range, annotation } = parseWith(body, given, 'body');
  if (JSON.stringify(annotation).length > longestAnnotation) {
    throw new SisockError('too_large', `annotation is longer than ${longestAnnotation} characters`);
  }
  return { range, annotation, words: annotation.query ?? '' };
}

const ms = (seconds: number) => Math.round(seconds * 1000);

/** Annotations as SimpleJson reads them. */
export function simpleJsonAnnotations(annotation: object, events: readonly FoundEvent[]): object[] {
  return events.map(({ time, until, title, text, tags }) => ({
    annotation,
    time: ms(time),
    ...(until !== null && { timeEnd: ms(until), isRegion: true }),
    title,
    text,
    tags,
  }));
}

/** Annotations as a frame, the answer to a query with refId `Anno`: Grafana maps the fields by their names. */
export function annotationFrame(refId: string, events: readonly FoundEvent[]): object {
  const field = (name: string, type: string, value: (event: FoundEvent) => unknown) => ({
    name,
    type,
    values: events.map(value),
  });
  return {
    refId,
    name: 'events',
    fields: [
      field('time', 'time', ({ time }) => ms(time)),
      field('timeEnd', 'time', ({ until }) => (until === null ? null : ms(until))),
      field('title', 'string', ({ title }) => title),
      field('text', 'string', ({ text }) => text),
      field('tags', 'other', ({ tags }) => tags),
      field('id', 'string', ({ id }) => String(id)),
    ],
  };
}
