export type KeyName = 'anonymous-names';

/** Secrets of the service's own: the same on every node, and after every restart. */
export abstract class KeyStore {
  abstract read(name: KeyName): Promise<Buffer>;
}
