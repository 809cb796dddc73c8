import { Agent, request } from 'node:http';

/**
 * One client of an HTTP server that keeps its connection. `ask` resolves with the answer's bytes, not decoded: what a client
 * makes of them is not measured. A query is a path, or {path, body} for a POST of JSON.
 */
export function httpClient(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(url);
  return {
    ask: (query) => ask({ agent, hostname, port }, typeof query === 'string' ? { path: query } : query),
    close: () => agent.destroy(),
  };
}

function ask(server, query) {
  const { path, body } = query;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': text?.length } };
  return new Promise((resolve, reject) => {
    const sent = request({ ...server, path, ...(text !== undefined && post) }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(pieces);
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${path}: ${response.statusCode} ${bytes.toString('utf8', 0, 500)}`));
      });
    });
    sent.once('error', (error) => {
      // Both sides may let go of an idle connection; the server did so while the question was on its way.
      if (error.code === 'ECONNRESET' && sent.reusedSocket) resolve(ask(server, query));
      else reject(new Error(`${path}: ${error.message}`, { cause: error }));
    });
    sent.end(text);
  });
}
