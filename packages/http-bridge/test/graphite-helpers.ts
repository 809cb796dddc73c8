import type { Answer, Running } from './helpers.js';

/** Parameters of Graphite's; a list is one name given several times. */
export type Form = Readonly<Record<string, string | number | readonly string[]>>;

export function encodeForm(form: Form): string {
  const encoded = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of Array.isArray(value) ? (value as string[]) : [value]) encoded.append(name, String(one));
  }
  return encoded.toString();
}

/** A POST as Grafana's back end and its front ends send it. */
export async function postForm({ url }: Running, path: string, form: Form): Promise<Answer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: encodeForm(form),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}
