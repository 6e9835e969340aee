import { WebSocket } from 'ws';
import { classOf, runSample, samplesOf } from './documents.js';
import { Hooks } from './hooks.js';
import { Inbox } from './inbox.js';

type Json = Record<string, unknown>;

/** Document 4's class, as far as tests use it. */
export interface DocumentedClient {
  readonly ws: WebSocket | null;
  readonly reconnectAttempts: number;
  connect(): void;
  disconnect(): void;
  onMessage(type: string, handler: (data: Json) => void): void;
  send(type: string, data: Json): void;
  joinRoom(room: string): void;
  sendRoomMessage(room: string, content: string): void;
  sendDirectMessage(toUserId: number | string, content: string): void;
  getRoomHistory(room: string, limit?: number, offset?: number): void;
}

/** What the class does to the world around it, kept until a test asks for it. */
export class DocumentedWorld {
  /** `open`, `close` ({code}), `retry` ({delay, again}), and frames that `listen` was told of. */
  private readonly inbox = new Inbox();
  readonly WebSocketClient: new (token: string) => DocumentedClient;

  /** `origin` is where the class's `ws://localhost:8080` leads, asked at each connection. */
  constructor(origin: () => string) {
    const { inbox } = this;
    class Redirected extends WebSocket {
      constructor(url: string) {
        super(url.replace('ws://localhost:8080', origin().replace('http', 'ws')));
        this.on('open', () => inbox.receive({ event: 'open', payload: {} }));
        this.on('close', (code) => inbox.receive({ event: 'close', payload: { code } }));
      }
    }
    this.WebSocketClient = classOf('salon', 'WebSocketClient', {
      WebSocket: Redirected,
      console: { log: () => undefined, error: () => undefined },
      setTimeout: (again: () => void, delay: number) =>
        inbox.receive({ event: 'retry', payload: { delay, again } }),
    }) as typeof this.WebSocketClient;
  }

  listen(client: DocumentedClient, ...types: string[]): void {
    for (const type of types) {
      client.onMessage(type, (payload) => this.inbox.receive({ event: type, payload }));
    }
  }

  next(event: string, fits?: (payload: Json) => boolean): Promise<Json> {
    return this.inbox.next(event, fits);
  }

  /** Lets the time pass that the class waits before it connects again; returns how long it was. */
  async retry(): Promise<unknown> {
    const { delay, again } = await this.next('retry');
    (again as () => void)();
    return delay;
  }
}

/** What document 4's hook returns. */
export interface DocumentedHook {
  readonly messages: readonly Json[];
  sendMessage(room: string, content: string): void;
  joinRoom(room: string): void;
  readonly client: DocumentedClient;
}

/** Document 4's hook, in use. */
export class RenderedHook {
  private readonly hooks = new Hooks();
  private readonly hook: (token: string) => DocumentedHook;

  constructor(
    world: DocumentedWorld,
    private readonly token: string,
  ) {
    const sample = samplesOf('salon', 'javascript').find((text) => text.includes('useWebSocket'));
    if (!sample) throw new Error('No hook in the document');
    const { useEffect, useRef, useState } = this.hooks;
    const globals = { useEffect, useRef, useState, WebSocketClient: world.WebSocketClient };
    const source = sample.replace('export const', 'const');
    this.hook = runSample(source, globals, 'useWebSocket') as typeof this.hook;
    this.render();
  }

  render(): DocumentedHook {
    return this.hooks.render(() => this.hook(this.token));
  }

  /** Resolves with the state that fits, now or after a change. */
  shows(fits: (state: DocumentedHook) => boolean): Promise<DocumentedHook> {
    return this.hooks.shows('a state of the hook', () => {
      const state = this.render();
      return fits(state) ? state : null;
    });
  }

  unmount(): void {
    this.hooks.unmount();
  }
}
