import type { IncomingMessage } from 'node:http';
import type { Environment } from '../config/environment.js';

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Which web pages may talk to the service. A request without `Origin` is no browser's and passes;
 * the service's own pages always do.
 */
export class OriginPolicy {
  constructor(private readonly environment: Pick<Environment, 'CORS_ORIGINS' | 'isDevelopment'>) {}

  allows({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
    const { origin, host } = headers;
    if (origin === undefined) return true;
    if (!URL.canParse(origin)) return false;
    const { host: originHost, hostname } = new URL(origin);
    if (originHost === host) return true;
    const { CORS_ORIGINS, isDevelopment } = this.environment;
    if (CORS_ORIGINS) return CORS_ORIGINS.includes(origin);
    return isDevelopment && LOOPBACK.test(hostname);
  }
}
