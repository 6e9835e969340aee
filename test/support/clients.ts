import { ChatClient, type ClientOptions } from './chat-client.js';
import { FrameClient, type FrameOptions } from './frame-client.js';
import { restClient, type RestClient } from './rest-client.js';
import { tokenFor, type TestUser } from './tokens.js';

/** Ways in to one node, whether it runs in this process or in another. */
export interface TestClients {
  /** Connects to `/chat` as that user; closed with the app. */
  connect(user: TestUser, options?: ClientOptions): Promise<ChatClient>;
  /** As `connect`, with a token of the test's own, and without waiting for the outcome. */
  dial(token: string, options?: ClientOptions): ChatClient;
  /** Connects to the main namespace, where `root` is spoken. */
  root(user: TestUser, options?: ClientOptions): Promise<ChatClient>;
  /** Connects to `/ws/chat`, where `salon` is spoken; `query` goes behind the token. */
  salon(user: TestUser, query?: string, options?: FrameOptions): Promise<FrameClient>;
  /** Connects to `/ws`, where `veza` is spoken; resolves once it is welcomed. */
  veza(user: TestUser, options?: FrameOptions): Promise<FrameClient>;
  /**
   * Goes to `/chat/ws/<place>`, where `live` is spoken, such as `room/my-stream`; null for a visitor
   * without a token. Resolves once it is told that it has joined.
   */
  live(user: TestUser | null, place: string, options?: FrameOptions): Promise<FrameClient>;
  /** Opens a raw WebSocket at that path, without waiting for the outcome. */
  dialRaw(path: string, options?: FrameOptions): FrameClient;
  /** REST as that user. */
  as(user: TestUser): Promise<RestClient>;
  /** A conversation of these users, the first being its owner; returns its id. */
  conversation(users: readonly TestUser[], fields?: Record<string, unknown>): Promise<number>;
}

/** Clients of the service there. `close` ends all of them. */
export function clientsOf(url: string): TestClients & { close(): void } {
  const clients: { close(): void }[] = [];

  const dial = (token: string, options?: ClientOptions) => {
    const client = new ChatClient(url, token, options);
    clients.push(client);
    return client;
  };
  const connect = async (user: TestUser, options?: ClientOptions) => {
    const client = dial(await tokenFor(user), options);
    await client.connected();
    return client;
  };
  const dialRaw = (path: string, options?: FrameOptions) => {
    const client = new FrameClient(`${url.replace('http', 'ws')}${path}`, options);
    clients.push(client);
    return client;
  };
  const as = async (user: TestUser) => restClient(url, await tokenFor(user));

  return {
    as,
    dial,
    connect,
    root: (user, options) => connect(user, { ...options, namespace: '/' }),
    dialRaw,
    salon: async (user, query = '', options = {}) => {
      const client = dialRaw(`/ws/chat?token=${await tokenFor(user)}${query}`, options);
      await client.opened();
      // Nothing is answered before the user is known and direct messages arrive.
      await client.settled();
      return client;
    },
    veza: async (user, options = {}) => {
      const client = dialRaw(`/ws?token=${await tokenFor(user)}`, options);
      await client.opened();
      await client.next('auth_success');
      return client;
    },
    live: async (user, place, options = {}) => {
      const token = user ? `?token=${await tokenFor(user)}` : '';
      const client = dialRaw(`/chat/ws/${place}${token}`, options);
      await client.opened();
      await client.next('room_joined');
      return client;
    },
    conversation: async ([owner, ...others], fields = {}) => {
      if (!owner) throw new Error('A conversation needs an owner');
      // A user is known once it came with a token.
      for (const user of others) await (await as(user)).get('/users/me');
      const participantIds = others.map(({ id }) => id);
      const body = { type: 'private', participantIds, ...fields };
      const created = await (await as(owner)).post('/conversations', body);
      if (created.status !== 201) throw new Error(`Not created: ${JSON.stringify(created.body)}`);
      return (created.body as { id: number }).id;
    },
    close: () => {
      for (const client of clients) client.close();
    },
  };
}
