import { Module } from '@nestjs/common';
import { ConfigurableAuthModule } from './auth.options.js';
import { TokenCheck } from './token-check.js';
import { TokenVerifier } from './token-verifier.js';

@Module({ providers: [TokenVerifier, TokenCheck], exports: [TokenVerifier, TokenCheck] })
export class AuthModule extends ConfigurableAuthModule {}
