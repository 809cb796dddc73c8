import { z } from 'zod';
import { parseWith } from '../http/body.js';
import { payloadOptions } from './payload.js';

/** One more thing that simPod's query builder asks of a target; its options come from `/metric-payload-options`. */
interface PayloadField {
  readonly label: string;
  readonly name: string;
  readonly type: 'select' | 'multi-select';
  readonly placeholder?: string;
  readonly width?: number;
}

const common: readonly PayloadField[] = [
  { label: 'Format', name: 'format', type: 'select', placeholder: payloadOptions.format[0].label, width: 20 },
  { label: 'Strict', name: 'strict', type: 'select', placeholder: payloadOptions.strict[0].label, width: 20 },
];

const choice: PayloadField = { label: 'Fields', name: 'field', type: 'multi-select', width: 60 };

export interface Metric {
  readonly value: string;
  readonly label: string;
  readonly payloads: readonly PayloadField[];
}

/** A node, whose fields are chosen in its payload. */
export function nodeMetric(node: string): Metric {
  return { value: node, label: `${node} (choose fields)`, payloads: [choice, ...common] };
}

export function fieldMetric(field: string): Metric {
  return { value: field, label: field, payloads: common };
}

const metricsBody = z
  .object({ metric: z.unknown().optional(), payload: z.unknown().optional() }, 'an object is wanted')
  .nullish();

/**
 * The body of `POST /metrics`. It tells what is chosen so far, and the list is the same whatever that is.
 * @throws SisockError `bad_request`
 */
export function parseMetrics(body: unknown): void {
  parseWith(metricsBody, body, 'body');
}

export interface OptionsQuery {
  readonly metric: string;
  readonly name: string;
}

const optionsBody = z.object(
  {
    metric: z.string('a metric is a text').nullish(),
    name: z.string('the name of a payload is a text'),
    payload: z.unknown().optional(),
  },
  'an object is wanted',
);

/**
 * The body of `POST /metric-payload-options`.
 * @throws SisockError `bad_request`
 */
export function parseOptions(body: unknown): OptionsQuery {
  const { metric, name } = parseWith(optionsBody, body, 'body');
  return { metric: metric ?? '', name };
}
