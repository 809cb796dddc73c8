import { findEvents } from '../events/find-events.js';
import { parseAnnotations, simpleJsonAnnotations } from '../grafana/annotations.js';
import type { Route } from '../http/routes.js';

/** `POST /annotations`: what came and went, for SimpleJson. simPod asks the same by `/query`. */
export const annotationsRoute: Route = {
  method: 'POST',
  path: '/annotations',
  run: ({ req, res, view, context }) => {
    const { range, words, annotation } = parseAnnotations(req.body);
    const { events, clock, limits } = context;
    const found = findEvents(events, view, { range, words, now: clock(), limit: limits.eventsAnswered });
    res.json(simpleJsonAnnotations(annotation, found));
  },
};
