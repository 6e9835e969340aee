import { RuleBroken } from './variable.js';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly username: string | null;
  readonly password: string | null;
  readonly isEncrypted: boolean;
}

/** Where Redis is: one server, one that Sentinels look after, or a Cluster. */
export type RedisAddress = Access &
  (
    | { readonly kind: 'single'; readonly server: HostAndPort; readonly database: number }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly HostAndPort[];
        /** What the Sentinels call the server. */
        readonly name: string;
        readonly database: number;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly HostAndPort[] }
  );

const FORM =
  /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]+)\/?(.*)$/;
const DEFAULT_PORT = { single: 6379, cluster: 6379, sentinel: 26_379 } as const;

const RULE =
  'must look like redis://host:6379/0, redis+sentinel://host:26379,host2:26379/name/0 or ' +
  'redis+cluster://host:6379,host2:6379 (rediss for TLS, user:password@ before the hosts)';

/** Empty is null. Nothing of the value is ever said: it may hold a password. */
export function redisAddress(value: string): RedisAddress | null {
  if (value === '') return null;
  const [, secure, kind = 'single', username, password, hosts, path] = FORM.exec(value) ?? [];
  if (hosts === undefined) throw new RuleBroken(RULE);
  const access = {
    username: username ? decode(username) : null,
    password: password ? decode(password) : null,
    isEncrypted: secure === 's',
  };
  const servers = hosts.split(',').map((host) => hostAndPort(host, DEFAULT_PORT[kindOf(kind)]));
  const [first, ...others] = servers;
  const parts = (path ?? '').split('/').filter((part) => part !== '');
  if (!first) throw new RuleBroken(RULE);
  if (kind === 'cluster') {
    if (parts.length > 0) throw new RuleBroken(RULE);
    return { ...access, kind, nodes: servers };
  }
  if (kind === 'sentinel') {
    const [name, database, ...rest] = parts;
    if (name === undefined || rest.length > 0) throw new RuleBroken(RULE);
    return {
      ...{ ...access, kind, sentinels: servers },
      ...{ name: decode(name), database: databaseOf(database) },
    };
  }
  const [database, ...rest] = parts;
  if (others.length > 0 || rest.length > 0) throw new RuleBroken(RULE);
  return { ...access, kind: 'single', server: first, database: databaseOf(database) };
}

const kindOf = (kind: string): keyof typeof DEFAULT_PORT =>
  kind === 'sentinel' || kind === 'cluster' ? kind : 'single';

function hostAndPort(text: string, defaultPort: number): HostAndPort {
  const [, bracketed, name, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) throw new RuleBroken(RULE);
  return { host, port: number };
}

function databaseOf(text = '0'): number {
  if (!/^\d{1,4}$/.test(text)) throw new RuleBroken(RULE);
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RuleBroken(RULE);
  }
}
