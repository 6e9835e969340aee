import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient, ClientOptions } from '../support/chat-client.js';
import { messageIn } from '../support/chat-shapes.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** What document 1's React component shows: its state after each event. */
interface Component {
  readonly client: ChatClient;
  readonly messages: { senderId: unknown; content: string }[];
  isTyping: boolean;
  /** Resolves with the response of the server; the component clears its input on success. */
  sendMessage(content: string): Promise<{ success: boolean }>;
  handleTyping(isTyping: boolean): void;
  unmount(): void;
}

/** Document 1's component, line by line: token in the query, join without an ack on connect. */
async function mount(
  conversationId: number,
  user: TestUser,
  options: ClientOptions,
): Promise<Component> {
  const token = await tokenFor(user);
  const client = app.dial('', { ...options, auth: {}, query: { token }, reconnectionDelay: 10 });
  const { socket } = client;
  const component: Component = {
    client,
    messages: [],
    isTyping: false,
    sendMessage: (content) =>
      new Promise((resolve) =>
        socket.emit('message:send', { conversationId, content }, (response: { success: boolean }) =>
          resolve(response),
        ),
      ),
    handleTyping: (isTyping) => {
      socket.emit('message:typing', { conversationId, isTyping });
    },
    unmount: () => {
      socket.emit('conversation:leave', { conversationId });
      socket.close();
    },
  };
  socket.on('connect', () => {
    socket.emit('conversation:join', { conversationId });
  });
  socket.on('message:new', (data: Record<string, unknown>) => {
    component.messages.push(messageIn(data));
  });
  socket.on('user:typing', (data: { isTyping: boolean }) => {
    component.isTyping = data.isTyping;
  });
  await client.connected();
  // The join has no ack: a round trip behind it tells that it is done.
  await client.settled();
  return component;
}

describe.each(['4.8.4', '4.5.4'] as const)(
  'document 1’s component, socket.io-client %s',
  (version) => {
    async function twoComponents() {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const id = await app.conversation([alice, bob]);
      const a = await mount(id, alice, { version });
      const b = await mount(id, bob, { version });
      return { id, alice, bob, a, b };
    }

    it('sends, receives and shows who is typing', async () => {
      const { alice, bob, a, b } = await twoComponents();
      a.handleTyping(true);
      await b.client.next('user:typing');
      expect(b.isTyping).toBe(true);
      a.handleTyping(false);
      await b.client.next('user:typing');
      expect(b.isTyping).toBe(false);
      expect(await a.sendMessage('Bonjour')).toMatchObject({ success: true });
      await b.client.next('message:new');
      expect(await b.sendMessage('Bonjour à vous')).toMatchObject({ success: true });
      await a.client.next('message:new', (event) => messageIn(event).seq === 2);
      for (const { messages } of [a, b]) {
        expect(messages).toMatchObject([
          { senderId: alice.id, content: 'Bonjour' },
          { senderId: bob.id, content: 'Bonjour à vous' },
        ]);
      }
      expect(a.isTyping).toBe(false);
    });

    it('leaves as it is unmounted: the others see it go, and hear it no longer type', async () => {
      const { id, alice, bob, a, b } = await twoComponents();
      a.handleTyping(true);
      await b.client.next('user:typing');
      a.unmount();
      expect(await b.client.next('user:typing')).toMatchObject({ isTyping: false });
      expect(await b.client.next('user:offline')).toMatchObject({ userId: alice.id });
      const online = await b.client.expect('conversation:users:online', { conversationId: id });
      expect(online.onlineUsers).toEqual([bob.id]);
    });

    it('joins again by itself when it is connected again', async () => {
      const { a, b } = await twoComponents();
      const again = new Promise<void>((resolve) =>
        b.client.socket.once('connect', () => resolve()),
      );
      b.client.socket.io.engine.close();
      await again;
      await b.client.settled();
      await a.sendMessage('are you back?');
      await b.client.next('message:new');
      expect(b.messages.map(({ content }) => content)).toEqual(['are you back?']);
    });

    it('hears nothing of a conversation it may not see, and is told why', async () => {
      const { id, a } = await twoComponents();
      const stranger = await mount(id, someone('stranger'), { version });
      expect(await stranger.client.next('exception')).toMatchObject({
        event: 'conversation:join',
        error: { code: 'PERMISSION_DENIED' },
      });
      await a.sendMessage('between us');
      await a.client.next('message:new');
      await stranger.client.settled();
      expect(stranger.messages).toEqual([]);
    });
  },
);
