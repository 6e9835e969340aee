import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { RevocationsService } from '../core/revocations.service.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth.options.js';
import { toIdentity } from './claims.js';
import { remoteKeys } from './remote-keys.js';

const HMAC = ['HS256', 'HS384', 'HS512'];
const ASYMMETRIC = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];

const DEFAULT_SKEW_SECONDS = 5;
const MAX_SKEW_SECONDS = 30;
/** No token of use is longer; parsing longer ones is work for an attacker's sake. */
const MAX_TOKEN_LENGTH = 8_192;
/** To the letter: the library reads past white space, so that one token had many spellings. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

interface Key {
  readonly algorithms: string[];
  readonly get: KeyObject | JWTVerifyGetKey;
}

/** Turns a token into an identity, or refuses it with AUTH_FAILED and no reason given. */
@Injectable()
export class TokenVerifier {
  private readonly key: Key;

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly revocations: RevocationsService,
  ) {
    this.key = keyOf(options);
  }

  /** Throws AUTH_FAILED, or UNAVAILABLE when the key server does not answer. */
  async verify(token: unknown): Promise<Identity> {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) {
      throw new ChatError('AUTH_FAILED');
    }
    try {
      const identity = toIdentity(await this.payloadOf(token));
      if (identity && !this.revocations.isRevoked(identity)) return identity;
    } catch (error) {
      const isAway = this.options.jwksUrl !== undefined && isKeyServersFault(error);
      throw new ChatError(isAway ? 'UNAVAILABLE' : 'AUTH_FAILED', { cause: error });
    }
    throw new ChatError('AUTH_FAILED');
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    const {
      issuer,
      audience,
      clockTolerance = DEFAULT_SKEW_SECONDS,
    } = this.options.verifyOptions ?? {};
    const options = {
      algorithms: this.key.algorithms,
      clockTolerance: Math.min(clockTolerance, MAX_SKEW_SECONDS),
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    const { get } = this.key;
    // Two overloads of one function, told apart by what the key is.
    const { payload } =
      typeof get === 'function'
        ? await jwtVerify(token, get, options)
        : await jwtVerify(token, get, options);
    return payload;
  }
}

function keyOf({ secret, publicKey, jwksUrl, jwksCaching }: AuthOptions): Key {
  if ([secret, publicKey, jwksUrl].filter(Boolean).length !== 1) {
    throw new Error('Verification needs exactly one of secret, publicKey and jwksUrl');
  }
  if (secret) return { algorithms: HMAC, get: createSecretKey(Buffer.from(secret)) };
  if (publicKey) {
    // A key in an environment variable often has its line breaks written as \n.
    return { algorithms: ASYMMETRIC, get: createPublicKey(publicKey.replaceAll('\\n', '\n')) };
  }
  return { algorithms: ASYMMETRIC, get: remoteKeys(jwksUrl ?? '', jwksCaching) };
}

/** The key server's fault rather than the token's: it cannot be reached, or answers nonsense. */
const isKeyServersFault = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
  !(error instanceof errors.JOSEError);
