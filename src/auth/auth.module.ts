import { Module } from '@nestjs/common';
import { ConfigurableAuthModule } from './auth.options.js';
import { TokenVerifier } from './token-verifier.js';

@Module({ providers: [TokenVerifier], exports: [TokenVerifier] })
export class AuthModule extends ConfigurableAuthModule {}
