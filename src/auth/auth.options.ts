import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { KeyCaching } from './remote-keys.js';

/** What is checked besides the signature; the names are those of `@nestjs/jwt`. */
export interface VerifyOptions {
  readonly issuer?: string | string[];
  readonly audience?: string | string[];
  /** Seconds of clock skew forgiven, 30 at most. Default 5. */
  readonly clockTolerance?: number;
}

/**
 * Where the key comes from. Exactly one of the three; each admits its own algorithms only, so a
 * public key can never be taken for an HMAC secret.
 */
export interface AuthOptions {
  /** HS256, HS384, HS512. At least 32 bytes. */
  readonly secret?: string;
  /** PEM (SPKI): RS*, PS*, ES* or EdDSA, as the key's kind says. */
  readonly publicKey?: string;
  /** JWKS over HTTP(S), cached: see `KeyCaching`. */
  readonly jwksUrl?: string;
  readonly jwksCaching?: KeyCaching;
  readonly verifyOptions?: VerifyOptions;
}

/** Gives `AuthModule.register(options)` and `AuthModule.registerAsync({ useFactory, … })`. */
export const {
  ConfigurableModuleClass: ConfigurableAuthModule,
  MODULE_OPTIONS_TOKEN: AUTH_OPTIONS,
} = new ConfigurableModuleBuilder<AuthOptions>()
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({
    ...definition,
    global: isGlobal,
  }))
  .build();
