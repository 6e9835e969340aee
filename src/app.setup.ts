import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { AppModule, type AppOptions } from './app.module.js';
import { asChatError, ChatError } from './core/core.errors.js';
import { Nodes } from './core/ports/nodes.js';
import { limitHttp } from './http-limits.js';
import { JsonLogger } from './logging/json-logger.js';
import { PACKAGE_ROOT } from './package-root.js';
import { ProblemFilter, sendProblem } from './rest/problem.filter.js';
import { OriginPolicy } from './transport/origin-policy.js';
import { TransportAdapter } from './transport/transport.adapter.js';
import { sizeProblemOf } from './validation/inspect.js';

const BODY_LIMIT = '256kb';
const WEB_FOLDER = join(PACKAGE_ROOT, 'web');

export interface CauserieApp {
  readonly app: NestExpressApplication;
  readonly sockets: TransportAdapter;
}

/** The application as it runs, short of listening: main and the tests start the same thing. */
export async function createApp(options: AppOptions): Promise<CauserieApp> {
  const { environment } = options;
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(options), {
    bodyParser: false,
    abortOnError: false,
    logger: new JsonLogger(environment.LOG_LEVEL),
  });
  const origins = new OriginPolicy(environment);
  app.set('trust proxy', environment.TRUST_PROXY);
  app.disable('x-powered-by');
  app.use(securityHeaders());
  app.use(refuseForeignOrigins(origins));
  app.enableCors((request: IncomingMessage, done: (error: null, options: object) => void) =>
    done(null, { origin: origins.allows(request), credentials: true }),
  );
  app.useBodyParser('json', { limit: BODY_LIMIT });
  app.use(refuseBombs);
  app.use(waitUntilCurrent(app.get(Nodes)));
  app.useGlobalFilters(new ProblemFilter());
  limitHttp(app.getHttpServer(), environment.HTTP_TIMEOUT_MS);
  const sockets = new TransportAdapter(app, origins, environment.PING_INTERVAL_MS);
  app.useWebSocketAdapter(sockets);
  app.useStaticAssets(WEB_FOLDER);
  documentApi(app);
  return { app, sockets };
}

/** The port that was really bound, for PORT=0. */
export function boundPort(app: NestExpressApplication): number {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('Not listening');
  return address.port;
}

function securityHeaders() {
  const self = ["'self'"];
  const policy = (styles: string[]) =>
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: self,
          styleSrc: styles,
          imgSrc: ["'self'", 'data:'],
          connectSrc: self,
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      strictTransportSecurity: false,
    });
  const strict = policy(self);
  // Swagger UI styles its elements in place.
  const docs = policy(["'self'", "'unsafe-inline'"]);
  return (request: Request, response: Response, next: NextFunction): void =>
    (request.path.startsWith('/docs') ? docs : strict)(request, response, next);
}

function refuseForeignOrigins(origins: OriginPolicy) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (origins.allows(request)) return next();
    const text = 'Requests from this origin are not allowed; see CORS_ORIGINS.';
    sendProblem(response, 403, new ChatError('PERMISSION_DENIED', { text }));
  };
}

/** Before anything walks through it: Apollo, for one, does so before our pipes are asked. */
function refuseBombs(request: Request, response: Response, next: NextFunction): void {
  const problem = sizeProblemOf(request.body);
  if (problem === null) return next();
  sendProblem(response, 400, ChatError.invalid('body', problem));
}

/** Who may do what, this node may not know at the moment. Its health it knows. */
function waitUntilCurrent(nodes: Nodes) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (nodes.isCurrent || request.path.startsWith('/health/')) return next();
    nodes.current().then(
      () => next(),
      (error: unknown) => sendProblem(response, 503, asChatError(error)),
    );
  };
}

function documentApi(app: NestExpressApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Causerie')
    .setDescription(
      'Self-hosted, real-time chat. Live traffic goes over Socket.IO, see docs/protocols.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  // A function: the document is made when somebody asks for it, not at every start.
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}
