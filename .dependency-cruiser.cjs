/**
 * Who may import whom: docs/architecture.md. `core` knows the domain only; a dialect knows its
 * wire format and the core, never another dialect.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [`^src/${from}/`, ...allowed.map((folder) => `^src/${folder}/`)] },
});

const FOREIGN_TO_CORE =
  'node_modules/(@nestjs/(websockets|platform-|typeorm|swagger|graphql|apollo)|graphql|socket\\.io|engine\\.io|ws/|typeorm|pg|ioredis|express|sharp|file-type|music-metadata|@aws-sdk|cuss|obscenity|linkify-it)';

module.exports = {
  forbidden: [
    only('core-knows-nothing-of-ours', 'core', []),
    {
      name: 'core-knows-no-transport-and-no-database',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: FOREIGN_TO_CORE },
    },
    only('realtime-knows-the-core', 'realtime', ['core', 'config', 'redis']),
    only('presence-knows-the-core', 'presence', ['core', 'config', 'redis']),
    only('persistence-knows-the-core', 'persistence', ['core']),
    only('rate-limit-knows-the-core', 'rate-limit', ['core', 'config', 'redis']),
    only('redis-knows-its-address', 'redis', ['core', 'config']),
    only('workers-know-no-part-of-the-service', 'workers', []),
    only('moderation-knows-the-core', 'moderation', ['core']),
    only('uploads-know-the-core', 'uploads', ['core', 'config']),
    only('auth-knows-the-core', 'auth', ['core']),
    only('config-stands-alone', 'config', ['core']),
    only('session-joins-core-realtime-presence', 'session', [
      'core',
      'config',
      'realtime',
      'presence',
    ]),
    only('validation-knows-the-core', 'validation', ['core']),
    only('transport-carries', 'transport', [
      'core',
      'validation',
      'auth',
      'config',
      'realtime',
      'session',
    ]),
    only('rest-knows-no-sockets', 'rest', ['core', 'auth', 'validation']),
    only('graphql-knows-no-sockets', 'graphql', ['core', 'auth', 'config', 'validation']),
    only('monitoring-reads', 'monitoring', ['core', 'auth']),
    {
      name: 'no-dialect-imports-another',
      severity: 'error',
      from: { path: '^src/dialects/([^/]+)/' },
      to: { path: '^src/dialects/', pathNot: '^src/dialects/$1/' },
    },
    {
      name: 'dialects-translate',
      severity: 'error',
      from: { path: '^src/dialects/' },
      to: {
        path: '^src/',
        pathNot: '^src/(dialects|core|auth|config|presence|realtime|session|transport|validation)/',
      },
    },
    { name: 'no-circles', severity: 'error', from: { path: '^src' }, to: { circular: true } },
    {
      name: 'nothing-undeclared',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
