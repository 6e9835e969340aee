import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import { ChatModule } from './dialects/chat/chat.module.js';
import { LiveModule } from './dialects/live/live.module.js';
import { RootModule } from './dialects/root/root.module.js';
import { SalonModule } from './dialects/salon/salon.module.js';
import { VezaModule } from './dialects/veza/veza.module.js';
import { GraphqlModule } from './graphql/graphql.module.js';
import { HealthModule } from './health/health.module.js';
import { ModerationModule } from './moderation/moderation.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import { RateLimitModule } from './rate-limit/rate-limit.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import { RedisModule } from './redis/redis.module.js';
import { RestModule } from './rest/rest.module.js';
import { TransportModule } from './transport/transport.module.js';
import { UploadsModule } from './uploads/uploads.module.js';

export interface AppOptions {
  readonly environment: Environment;
  readonly databaseUrl: string;
  /** `AuthModule.register(…)` or `AuthModule.registerAsync(…)`: a host's own way to its keys. */
  readonly auth: DynamicModule;
  /** Signs the tokens of `POST /dev/tokens`; null where there is no such thing. */
  readonly developmentSecret: string | null;
}

@Module({})
export class AppModule {
  static with({ environment, databaseUrl, auth, developmentSecret }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(environment),
        RedisModule,
        auth,
        PersistenceModule.with(
          databaseUrl,
          environment.DATABASE_POOL,
          environment.REDIS_URL !== null,
        ),
        RateLimitModule,
        ModerationModule,
        RealtimeModule,
        UploadsModule,
        TransportModule,
        ChatModule,
        RootModule,
        VezaModule,
        SalonModule,
        LiveModule,
        RestModule.with(developmentSecret),
        HealthModule,
        MonitoringModule,
        GraphqlModule.with(environment),
      ],
    };
  }
}
