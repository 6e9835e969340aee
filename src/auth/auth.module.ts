import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { ConfigurableAuthModule } from './auth.options.js';
import { TokenCheck } from './token-check.js';
import { TokenVerifier } from './token-verifier.js';

@Module({
  imports: [CoreModule],
  providers: [TokenVerifier, TokenCheck],
  exports: [TokenVerifier, TokenCheck],
})
export class AuthModule extends ConfigurableAuthModule {}
