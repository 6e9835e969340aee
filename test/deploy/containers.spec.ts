import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { load, loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/environment.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

interface ComposeService {
  readonly build?: string;
  readonly environment?: Record<string, string>;
  readonly depends_on?: Record<string, { condition: string }>;
  readonly healthcheck?: object;
  readonly restart: string;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
}
interface Compose {
  readonly services: Record<string, ComposeService>;
  readonly volumes: Record<string, null>;
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Record<string, string>;
  readonly stringData?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
}

const read = (path: string) => readFileSync(join(PACKAGE_ROOT, path), 'utf8');
const known = Object.keys(VARIABLES);
/** Within which a node that is told to stop has ended, besides its DRAIN_DELAY_MS. */
const STOP_WITHIN_S = 15;

describe('Dockerfile', () => {
  const text = read('Dockerfile').replaceAll('\\\n', ' ');
  const lines = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

  it('copies what exists and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore').match(/^!.+$/gm) ?? [];
    const copied = all('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1));
    expect(copied).toEqual(expect.arrayContaining(['src', 'web', 'package-lock.json']));
    for (const path of copied) {
      expect(existsSync(join(PACKAGE_ROOT, path)), path).toBe(true);
      expect(allowed).toContain(`!${path}`);
    }
    expect(allowed).toHaveLength(new Set(copied).size);
  });

  it('copies the scripts that the build runs', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: { build: string } };
    const run = scripts.build.match(/\bscripts\/\S+/g) ?? [];
    expect(run.length).toBeGreaterThan(0);
    for (const path of run) expect(all('COPY')).toContain(`${path} ./${path}`);
  });

  it('starts the file that the build makes, as somebody who is not root', () => {
    expect(JSON.parse(all('CMD').at(-1) ?? '')).toEqual(['node', 'dist/service/main.js']);
    expect(existsSync(join(PACKAGE_ROOT, 'dist/service/main.js'))).toBe(true);
    expect(all('USER')).toEqual(['node']);
    expect(lines.findIndex((line) => line.startsWith('USER'))).toBeGreaterThan(
      lines.findLastIndex((line) => line.startsWith('RUN')),
    );
  });

  it('has a Node that the service runs on, and sets variables that there are', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const least = Number(/\d+/.exec(engines.node)?.[0]);
    for (const image of all('FROM')) {
      expect(Number(/^node:(\d+)-slim/.exec(image)?.[1])).toBeGreaterThanOrEqual(least);
    }
    const set = all('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=')));
    for (const [name] of set) expect(known).toContain(name);
    const { PORT, DATA_DIR } = Object.fromEntries(set) as Record<string, string>;
    expect(all('EXPOSE')).toEqual([PORT]);
    expect(all('VOLUME')).toEqual([DATA_DIR]);
    expect(text).toContain('/health/ready`');
  });
});

describe('compose.yaml', () => {
  const source = read('compose.yaml');
  const { services, volumes } = load(source) as Compose;
  const nodes = [services.node1, services.node2];

  it('sets variables that there are, and asks for the secrets', () => {
    for (const node of nodes) {
      for (const name of Object.keys(node?.environment ?? {})) expect(known).toContain(name);
      expect(node?.environment).toMatchObject({ TRUST_PROXY: '1' });
    }
    for (const secret of ['POSTGRES_PASSWORD', 'JWT_SECRET']) {
      const uses = source.match(new RegExp(`\\$\\{${secret}[^}]*\\}`, 'g')) ?? [];
      expect(uses.length).toBeGreaterThan(0);
      for (const use of uses) expect(use).toMatch(/:\?/);
    }
  });

  it('names services, volumes and files that there are', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.restart, name).toBe('unless-stopped');
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(services).toHaveProperty(other);
        expect(condition).toBe('service_healthy');
        // That of a node is in its image.
        expect(services[other]?.healthcheck ?? services[other]?.build).toBeDefined();
      }
      for (const volume of service.volumes ?? []) {
        const from = volume.split(':')[0] ?? '';
        if (from.startsWith('.')) expect(existsSync(join(PACKAGE_ROOT, from)), from).toBe(true);
        else expect(volumes).toHaveProperty(from);
      }
    }
    const { DATABASE_URL = '', REDIS_URL = '' } = nodes[0]?.environment ?? {};
    expect(DATABASE_URL).toContain('@postgres:5432/causerie');
    expect(new URL(REDIS_URL).hostname).toBe('redis');
  });

  it('waits longer for a node than it takes to stop', () => {
    for (const node of nodes) {
      const grace = Number(/^(\d+)s$/.exec(node?.stop_grace_period ?? '')?.[1]);
      const delay = Number(node?.environment?.DRAIN_DELAY_MS) / 1_000;
      expect(grace).toBeGreaterThan(delay + STOP_WITHIN_S);
    }
  });

  it.each(['nginx.conf', 'haproxy.cfg'])('has the nodes where %s looks for them', (file) => {
    const named = read(`deploy/${file}`).match(/\bnode\d+:3000\b/g) ?? [];
    const hosts = Object.keys(services).filter((name) => name.startsWith('node'));
    expect([...new Set(named)].sort()).toEqual(hosts.map((name) => `${name}:3000`));
  });
});

describe('deploy/kubernetes.yaml', () => {
  const manifests = loadAll(read('deploy/kubernetes.yaml')) as Manifest[];
  const of = (kind: string): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind);
    if (!found) throw new Error(`No ${kind}`);
    return found;
  };
  const pod = (of('Deployment').spec as { template: { spec: Record<string, unknown> } }).template
    .spec;
  const container = (pod.containers as Record<string, unknown>[])[0] ?? {};

  it('has all that two nodes need', () => {
    expect(manifests.map(({ kind }) => kind)).toEqual([
      ...['Secret', 'ConfigMap', 'Deployment', 'Service', 'Ingress'],
      ...['PodDisruptionBudget', 'HorizontalPodAutoscaler'],
    ]);
    expect(of('Deployment').spec).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
    });
  });

  it('sets variables that there are', () => {
    const set = { ...of('ConfigMap').data, ...of('Secret').stringData };
    for (const name of Object.keys(set)) expect(known).toContain(name);
    const example = parseEnv(read('.env.example'));
    expect(set.PORT).toBe(example.PORT);
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(set.PORT) }]);
  });

  it('asks at paths that are answered, and runs as somebody who is not root', () => {
    const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (probe) => (container[probe] as { httpGet: { path: string } }).httpGet.path,
    );
    expect(paths).toEqual(['/health/live', '/health/ready', '/health/live']);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  });

  it('waits longer for a pod than it takes to stop', () => {
    const { preStop } = container.lifecycle as { preStop: { exec: { command: string[] } } };
    const before = Number(preStop.exec.command[1]);
    const delay = Number(of('ConfigMap').data?.DRAIN_DELAY_MS) / 1_000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(before + delay + STOP_WITHIN_S);
  });
});
