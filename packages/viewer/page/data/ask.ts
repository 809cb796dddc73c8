/** What went wrong, by a word of the server's (`unknown_field`, `timeout`, ...) or `unreachable`, and in words. */
export class AskError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const waitMs = 30_000;

/**
 * Asks the server that the page came from.
 * @throws AskError; `cancelled` after the signal
 */
export async function ask<T>(path: string, parameters?: URLSearchParams, signal?: AbortSignal): Promise<T> {
  return JSON.parse(await askText(`/api/v1/${path}`, parameters, signal)) as T;
}

/** As {@link ask}, for any path and an answer that is text. */
export async function askText(path: string, parameters?: URLSearchParams, signal?: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(waitMs);
  const query = parameters && parameters.size > 0 ? `?${parameters}` : '';
  try {
    const response = await fetch(path + query, {
      headers: { Accept: path === '/metrics' ? 'text/plain' : 'application/json' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const text = await response.text();
    if (response.ok) return text;
    throw errorOf(response.status, text);
  } catch (error) {
    if (error instanceof AskError) throw error;
    if (signal?.aborted) throw new AskError('cancelled', 'nobody waits for it any more');
    if (limit.aborted) throw new AskError('timeout', `the server did not answer within ${waitMs / 1000} s`);
    throw new AskError('unreachable', 'the server does not answer');
  }
}

/** The server's own words; those of something between it and the page where it is none of ours. */
export function errorOf(status: number, text: string): AskError {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.code === 'string' && typeof error.message === 'string') {
      return new AskError(error.code, error.message);
    }
  } catch {
    // No JSON: not the bridge's answer.
  }
  return new AskError(
    status === 401 ? 'not_authorized' : 'unreachable',
    `what stands between here and the server answered with status ${status}`,
  );
}

/** Names are asked in portions: a server takes an address of a few kilobytes only. */
const mostAddressBytes = 6000;

/** The fields as parameters of one or more requests. */
export function portions(ids: readonly string[]): URLSearchParams[] {
  const found: URLSearchParams[] = [];
  let room = 0;
  for (const id of ids) {
    const bytes = encodeURIComponent(id).length + 'field=&'.length;
    if (bytes > room) {
      found.push(new URLSearchParams());
      room = mostAddressBytes;
    }
    found.at(-1)!.append('field', id);
    room -= bytes;
  }
  return found;
}
