import { Global, Module, type DynamicModule } from '@nestjs/common';
import { MAX_MESSAGE_LENGTH } from '../core/messages.service.js';
import { MAX_UPLOAD_BYTES } from '../core/uploads.service.js';
import { ANONYMOUS_NAME } from '../core/visitors.service.js';
import type { Environment } from './environment.js';

/** Injection token of the parsed `Environment`. */
export const ENVIRONMENT = Symbol('ENVIRONMENT');

@Global()
@Module({})
export class ConfigModule {
  static with(environment: Environment): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: ENVIRONMENT, useValue: environment },
        { provide: MAX_MESSAGE_LENGTH, useValue: environment.MAX_MESSAGE_LENGTH },
        { provide: MAX_UPLOAD_BYTES, useValue: environment.UPLOAD_MAX_BYTES },
        { provide: ANONYMOUS_NAME, useValue: environment.ANONYMOUS_NAME },
      ],
      exports: [ENVIRONMENT, MAX_MESSAGE_LENGTH, MAX_UPLOAD_BYTES, ANONYMOUS_NAME],
    };
  }
}
