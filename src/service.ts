import 'reflect-metadata';
import { boundPort, createApp } from './app.setup.js';
import { AuthModule } from './auth/auth.module.js';
import type { AuthOptions } from './auth/auth.options.js';
import { developmentSecret } from './auth/development-secret.js';
import { listenHost, type Environment } from './config/environment.js';
import { drain } from './drain.js';
import { ReadinessService } from './health/readiness.service.js';
import type { Stopping } from './stopping.js';
import { SessionExchange } from './workers/session-exchange.js';

export interface ServiceOptions {
  readonly environment: Environment;
  readonly databaseUrl: string;
  readonly stopping: Stopping;
  /** Where it is one of several workers: the folder of their sockets, and which one it is. */
  readonly worker?: { readonly folder: string; readonly id: number };
}

export interface Service {
  readonly host: string;
  readonly port: number;
}

/** Resolves when it listens, and is ready. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { environment, databaseUrl, stopping, worker } = options;
  const ownSecret = environment.isDevelopment ? developmentSecret(environment.DATA_DIR) : null;
  const { app, sockets } = await createApp({
    environment,
    databaseUrl,
    auth: AuthModule.register(authOptions(environment, ownSecret)),
    developmentSecret: ownSecret,
  });
  const exchange = worker ? new SessionExchange(worker.folder, worker.id) : null;
  stopping.add(() => drain(app, sockets, environment, exchange));
  if (exchange) {
    await app.init();
    await exchange.open(sockets.engine);
  }
  const host = listenHost(environment);
  await app.listen(environment.PORT, host);
  app.get(ReadinessService).state = 'ready';
  return { host, port: boundPort(app) };
}

function authOptions(environment: Environment, ownSecret: string | null): AuthOptions {
  const { JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = environment;
  const secret = ownSecret ?? JWT_SECRET;
  return {
    ...(secret !== null && { secret }),
    ...(JWT_PUBLIC_KEY !== null && { publicKey: JWT_PUBLIC_KEY }),
    ...(JWT_JWKS_URL !== null && { jwksUrl: JWT_JWKS_URL }),
    verifyOptions: {
      ...(JWT_ISSUER !== null && { issuer: JWT_ISSUER }),
      ...(JWT_AUDIENCE !== null && { audience: JWT_AUDIENCE }),
    },
  };
}
