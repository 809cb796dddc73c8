import { get } from 'node:http';

export interface HealthAnswer {
  readonly ready: boolean;
  /** What to say of it, in one line. */
  readonly line: string;
}

const longestAnswer = 10_000;

/** Asks the part of this machine that listens on a HEALTH_PORT whether it is ready. Never throws. */
export function askHealth(port: number, timeoutMs = 4000): Promise<HealthAnswer> {
  return new Promise((resolve) => {
    const not = (line: string) => resolve({ ready: false, line });
    const late = () => not(`no answer within ${timeoutMs / 1000} s on HEALTH_PORT ${port}`);
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (text.length < longestAnswer) text += piece;
      });
      response.on('error', () => not(`the answer on HEALTH_PORT ${port} broke off`));
      response.on('end', () => {
        clearTimeout(timer);
        const line = text.trim().split('\n').join('; ').slice(0, longestAnswer);
        if (response.statusCode === 200) resolve({ ready: true, line: 'ready' });
        else not(line === '' ? `status ${response.statusCode} on HEALTH_PORT ${port}` : line);
      });
    });
    const timer = setTimeout(() => {
      late();
      request.destroy();
    }, timeoutMs);
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const away = error.code === 'ECONNREFUSED';
      not(away ? `nothing listens on HEALTH_PORT ${port}` : `HEALTH_PORT ${port}: ${error.code ?? error.message}`);
    });
  });
}
