import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Socket } from 'node:net';
import { chatPresenter } from '../../src/dialects/chat/chat.presenter.js';
import { salonPresenter } from '../../src/dialects/salon/salon.presenter.js';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { someone, type TestUser } from '../support/tokens.js';

const READERS = 4;
const MARKER = 'once for all of them';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** The TCP socket under a connection of either transport. */
interface Internals {
  readonly socket: {
    readonly _socket?: Socket;
    readonly conn?: { readonly transport: { readonly socket: { readonly _socket: Socket } } };
  };
}

/** The buffers with the marker in them that are written to the user's socket from now on. */
function buffersTo({ id }: TestUser): Buffer[] {
  const written: Buffer[] = [];
  for (const connection of app.get(Registry).connectionsOf(String(id))) {
    const { socket } = connection as unknown as Internals;
    const wire = socket._socket ?? socket.conn?.transport.socket._socket;
    if (!wire) throw new Error('No wire');
    const write = wire.write.bind(wire) as (chunk: Buffer, ...rest: unknown[]) => boolean;
    wire.write = (chunk: Buffer, ...rest: unknown[]) => {
      if (chunk.includes(MARKER)) written.push(chunk);
      return write(chunk, ...rest);
    };
  }
  return written;
}

describe('an event', () => {
  it('is rendered and encoded once per dialect, and written to all sockets as it is', async () => {
    const people = (name: string) => Array.from({ length: READERS }, () => someone(name));
    const [salonUsers, chatUsers] = [people('salon'), people('chat')];
    const author = someone('author');
    const room = await app.conversation([author, ...salonUsers, ...chatUsers]);
    const salon = await Promise.all(salonUsers.map((user) => app.salon(user)));
    const websocket = { transports: ['websocket'] };
    const chat = await Promise.all(chatUsers.map((user) => app.connect(user, websocket)));
    for (const client of [...salon, ...chat]) await client.join(room);
    const [toSalon, toChat] = [salonUsers, chatUsers].map((users) => users.map(buffersTo));
    const renders = [salonPresenter, chatPresenter].map((presenter) =>
      vi.spyOn(presenter, 'roomEvent'),
    );

    const sender = await (
      await app.as(author)
    ).post(`/conversations/${room}/messages`, {
      content: MARKER,
    });
    expect(sender.status).toBe(201);
    for (const client of salon) await client.next('room_message');
    for (const client of chat) await client.next('message:new');

    for (const written of [toSalon, toChat]) {
      expect(written).toHaveLength(READERS);
      expect(written?.map(({ length }) => length)).toEqual(Array(READERS).fill(1));
      // The very same buffer, not merely an equal one.
      expect(new Set(written?.flat()).size).toBe(1);
    }
    expect(toSalon?.[0]?.[0]).not.toBe(toChat?.[0]?.[0]);
    for (const spy of renders) {
      const created = spy.mock.calls.filter(([, { type }]) => type === 'message.created');
      expect(created).toHaveLength(1);
    }
  });
});
