import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

export interface Signing {
  readonly alg: string;
  readonly key: CryptoKey | Uint8Array;
  /** What else the token's header says. */
  readonly header?: Record<string, unknown>;
}

let lastSubject = 0;

/** Each token is somebody else's, so that none is known. */
export const sign = ({ alg, key, header = {} }: Signing): Promise<string> =>
  new SignJWT({ username: 'alice' })
    .setProtectedHeader({ ...header, alg })
    .setSubject(`subject-${++lastSubject}`)
    .setExpirationTime('1h')
    .sign(key);

/** A real HTTP server of a JWKS, whose keys come and go. */
export class KeyServer {
  /** The paths that were asked for, in order. */
  readonly requests: string[] = [];
  isDown = false;
  private served: JWK[] = [];
  private readonly privateKeys = new Map<string, CryptoKey>();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.requests.push(request.url ?? '');
      if (this.isDown) response.writeHead(503).end();
      else response.end(JSON.stringify({ keys: this.served }));
    });
  }

  static async start(): Promise<KeyServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new KeyServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  /** Makes a key and serves it from now on. */
  async add(kid: string, alg = 'ES256'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    this.privateKeys.set(kid, privateKey);
    this.serve({ ...(await exportJWK(publicKey)), alg, kid, use: 'sig' });
  }

  serve(key: JWK): void {
    this.served.push(key);
  }

  /** Serves it no more. */
  remove(kid: string): void {
    this.served = this.served.filter((key) => key.kid !== kid);
  }

  /** The public half, as it is served. */
  publicKey(kid: string): JWK {
    const found = this.served.find((key) => key.kid === kid);
    if (!found) throw new Error(`No such key: ${kid}`);
    return found;
  }

  /** A token of that key. */
  sign(kid: string, alg = 'ES256'): Promise<string> {
    const key = this.privateKeys.get(kid);
    if (!key) throw new Error(`No such key: ${kid}`);
    return sign({ alg, key, header: { kid } });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
