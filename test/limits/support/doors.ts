import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ConnectionGate } from '../../../src/transport/connection-gate.js';
import type { TestApp } from '../../support/app.js';
import { someone, tokenFor } from '../../support/tokens.js';

/** What became of somebody who came to a door. */
export interface Visit {
  /** Of the handshake: 101, or 200 where it is polling. */
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number;
  /** Goes away as clients do. */
  leave(): Promise<void>;
  /** Goes away without a word, where that can be. */
  vanish(): void;
}

export interface Door {
  readonly name: string;
  knock(app: TestApp, address: string): Promise<Visit>;
}

const ENGINE = '/socket.io/?EIO=4&transport=';
const nothing = () => undefined;

async function upgrade({ url }: TestApp, path: string, address: string): Promise<Visit> {
  const headers = { 'x-forwarded-for': address };
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
  socket.on('error', nothing);
  return new Promise((resolve) => {
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      const retryAfter = Number(response.headers['retry-after'] ?? 0);
      const status = response.statusCode ?? 0;
      resolve({ status, retryAfter, leave: () => Promise.resolve(), vanish: nothing });
    });
    socket.once('open', () =>
      resolve({
        status: 101,
        retryAfter: 0,
        leave: async () => {
          if (socket.readyState === WebSocket.CLOSED) return;
          socket.close();
          await once(socket, 'close');
        },
        vanish: () => socket.terminate(),
      }),
    );
  });
}

async function poll({ url }: TestApp, address: string): Promise<Visit> {
  const headers = { 'x-forwarded-for': address };
  const response = await fetch(`${url}${ENGINE}polling`, { headers });
  const text = await response.text();
  const leave = async () => {
    const { sid } = JSON.parse(text.slice(1)) as { sid: string };
    await fetch(`${url}${ENGINE}polling&sid=${sid}`, { method: 'POST', body: '1', headers });
  };
  const retryAfter = Number(response.headers.get('retry-after') ?? 0);
  return { status: response.status, retryAfter, leave, vanish: nothing };
}

const raw = (name: string, path: (token: string) => string): Door => ({
  name,
  knock: async (app, address) => {
    const visit = await upgrade(app, path(await tokenFor(someone('visitor'))), address);
    return visit;
  },
});

export const POLLING: Door = { name: 'Socket.IO, polling', knock: poll };
export const WEBSOCKET: Door = raw('Socket.IO, WebSocket', () => `${ENGINE}websocket`);
export const VEZA: Door = raw('/ws with a token', (token) => `/ws?token=${token}`);
export const VEZA_SIGN_IN: Door = raw('/ws without a token', () => '/ws');
export const SALON: Door = raw('/ws/chat', (token) => `/ws/chat?token=${token}`);
export const LIVE: Door = raw('/chat/ws/room/…', () => '/chat/ws/room/doors');
export const RELAY: Door = raw('/live/ws', () => '/live/ws');

export const DOORS = [POLLING, WEBSOCKET, VEZA, VEZA_SIGN_IN, SALON, LIVE, RELAY] as const;

export const isIn = ({ status }: Visit): boolean => status === 101 || status === 200;

let lastAddress = 0;
/** Nobody else in the suite comes from there. */
export function newAddress(): string {
  lastAddress++;
  return `198.51.${lastAddress >> 8}.${lastAddress & 255}`;
}

/** Resolves when the gate counts so many, which is a moment after they came or went. */
export async function counted(
  app: TestApp,
  expected: { connections?: number; handshakes?: number },
): Promise<void> {
  const gate = app.get(ConnectionGate);
  const differs = () =>
    Object.entries(expected).some(([name, n]) => gate.counts[name as keyof typeof expected] !== n);
  const deadline = Date.now() + 45_000;
  while (differs()) {
    if (Date.now() > deadline) throw new Error(`It counts ${JSON.stringify(gate.counts)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
