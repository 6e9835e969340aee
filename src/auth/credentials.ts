const BEARER = /^Bearer +([^\s]+)$/i;

export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : BEARER.exec(header)?.[1];
}

/** The parts of a Socket.IO handshake that may carry the token. */
export interface HandshakeCredentials {
  readonly auth: Readonly<Record<string, unknown>> | undefined;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: { readonly authorization?: string | undefined };
}

/** `auth.token`, else `?token=`, else `Authorization: Bearer` (documents 1 and 2). */
export function handshakeToken({ auth, query, headers }: HandshakeCredentials): unknown {
  return auth?.token ?? query.token ?? bearerToken(headers.authorization);
}
