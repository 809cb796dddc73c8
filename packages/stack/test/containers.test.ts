import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { commands } from '../src/cli/commands.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const dockerfile = read('Dockerfile');
const { version } = JSON.parse(read('package.json')) as { version: string };

interface Service {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly volumes?: readonly (string | { readonly source: string; readonly read_only?: boolean })[];
}
const { services } = parse(read('docker-compose.yaml'), { merge: true }) as {
  services: Readonly<Record<string, Service>>;
};
const ours = Object.entries(services).filter(([, { image }]) => image.includes('SISOCK_REGISTRY'));
const sources = ({ volumes = [] }: Service) =>
  volumes.map((v) => (typeof v === 'string' ? v.split(':')[0]! : v.source));

describe('the Dockerfile', () => {
  it('is of the version of the package, with the Crossbar that the tests run', () => {
    for (const [, set] of dockerfile.matchAll(/^ARG SISOCK_VERSION=(.*)$/gm)) expect(set).toBe(version);
    const [, crossbar] = /^ARG CROSSBAR_VERSION=(.*)$/m.exec(dockerfile) ?? [];
    expect(read('test/interop/python/constraints.txt') + read('test/interop/python/requirements.txt')).toContain(
      `crossbar==${crossbar}`,
    );
  });

  it('runs commands that there are', () => {
    const words = [...dockerfile.matchAll(/^CMD (\[.*\])$/gm)].map(([, list]) =>
      (JSON.parse(list!) as string[]).join(' '),
    );
    const known = commands.map((command) => command.words.join(' '));
    expect(words.length).toBeGreaterThan(10);
    for (const line of words) expect([...known, '--help']).toContain(line);
  });
});

describe('docker-compose.yaml', () => {
  it('uses images of this version that the Dockerfile makes', () => {
    const targets = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name);
    expect(ours.length).toBeGreaterThan(8);
    for (const [, { image, build }] of ours) {
      const [, name] = /^\$\{SISOCK_REGISTRY:-\}([\w-]+):\$\{SISOCK_VERSION:-(.*)\}$/.exec(image) ?? [];
      expect(image.endsWith(`{SISOCK_VERSION:-${version}}`)).toBe(true);
      expect(targets).toContain(name);
      if (build) expect(build.target).toBe(name);
    }
  });

  it('names images of others in full, since podman takes no registry for granted', () => {
    const others = Object.values(services).filter(({ image }) => !image.includes('SISOCK_REGISTRY'));
    expect(others.length).toBeGreaterThan(3);
    for (const { image } of others) expect(image).toMatch(/^docker\.io\/[\w-]+\/[\w-]+:v?[\d.]+$/);
  });

  it('publishes on the loopback only', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(published.length).toBe(4);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('starts everything again, and gives our parts no rights', () => {
    for (const service of Object.values(services)) expect(service.restart).toBe('unless-stopped');
    for (const [, service] of ours) {
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
    }
  });

  it('shows each part its own secret only', () => {
    for (const [name, service] of ours) {
      const secrets = sources(service).filter((source) => source.includes('.crossbar') && !source.includes('ca_cert'));
      if (name === 'sisock-crossbar') expect(secrets).toEqual(['./.crossbar']);
      else if (name === 'g3-file-scanner') expect(secrets).toEqual([]);
      else expect(secrets).toEqual([`./.crossbar/secrets/${name === 'sisock-http' ? 'consumer' : 'server'}`]);
    }
  });
});
