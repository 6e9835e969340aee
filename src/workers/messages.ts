/** What a worker tells the primary once it listens. */
export interface WorkerReady {
  readonly host: string;
  readonly port: number;
}

export const isReady = (message: unknown): message is WorkerReady =>
  typeof message === 'object' && message !== null && 'port' in message;

/** What the primary tells its workers. */
export const STOP = 'stop';
