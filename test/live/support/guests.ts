import type { TestApp } from '../../support/app.js';
import type { ChatClient } from '../../support/chat-client.js';
import { messageIn, range } from '../../support/chat-shapes.js';
import type { FrameClient } from '../../support/frame-client.js';
import { tokenFor, type TestUser } from '../../support/tokens.js';

/** Somebody who comes to a room by its slug, again and again. */
export interface Guest {
  readonly name: string;
  /** Resolves with the room's id; null where there is no room, for those who may not open one. */
  enter(slug: string): Promise<number | null>;
  /** Resolves once the text is heard, with the id of the room it was said in. */
  say(text: string): Promise<number>;
  leave(): Promise<void>;
}

const pathOf = (slug: string, token: string | null): string =>
  `/chat/ws/room/${slug}${token === null ? '' : `?token=${token}`}`;

/** Over `live`: each visit is a connection, which the guest alone may end. */
class LiveGuest implements Guest {
  private client: FrameClient | null = null;
  private closed = Promise.resolve(0);
  private isLeaving = false;

  constructor(
    protected readonly app: TestApp,
    readonly name: string,
    private readonly token: string | null,
  ) {}

  async enter(slug: string): Promise<number> {
    this.isLeaving = false;
    const client = this.app.dialRaw(pathOf(slug, this.token));
    this.client = client;
    this.closed = new Promise((resolve) => client.socket.once('close', resolve));
    const joined = await this.unlessClosed(client.next('room_joined'));
    return Number(joined.room_id);
  }

  async say(text: string): Promise<number> {
    this.current.send('chat_message', { message: text });
    const heard = await this.hear('chat_message', ({ message }) => message === text);
    return Number(heard.room_id);
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    this.current.close();
    await this.closed;
  }

  protected get current(): FrameClient {
    if (!this.client) throw new Error(`${this.name} is nowhere`);
    return this.client;
  }

  protected hear(type: string, fits?: (data: Record<string, unknown>) => boolean) {
    return this.unlessClosed(this.current.next(type, fits));
  }

  private async unlessClosed<T>(answer: Promise<T>): Promise<T> {
    const end = this.closed.then((code) => {
      if (!this.isLeaving) throw new Error(`${this.name} was closed with ${code}`);
      return answer;
    });
    // Whatever comes first; what comes later is nobody's failure.
    for (const outcome of [answer, end]) outcome.catch(() => undefined);
    return Promise.race([answer, end]);
  }
}

/** An administrator, who bans somebody who is not there wherever she comes. */
class Admin extends LiveGuest {
  constructor(
    app: TestApp,
    name: string,
    token: string,
    private readonly outcast: TestUser,
  ) {
    super(app, name, token);
  }

  override async say(text: string): Promise<number> {
    const ban = { action: 'ban', target_user_id: this.outcast.id, duration_minutes: 0 };
    this.current.send('moderation_action', ban);
    await this.hear('moderation_action');
    return super.say(text);
  }
}

/** Over `chat`: one connection for all visits, and rooms that others open. */
class ChatGuest implements Guest {
  private room = 0;

  constructor(
    readonly name: string,
    private readonly client: ChatClient,
  ) {}

  async enter(slug: string): Promise<number | null> {
    const ack = await this.client.request('conversation:join', { conversationId: slug });
    if (ack.error?.code === 'CONVERSATION_NOT_FOUND') return null;
    if (!ack.success) throw new Error(`${this.name} may not join: ${JSON.stringify(ack)}`);
    this.room = (ack.conversation as { id: number }).id;
    return this.room;
  }

  async say(text: string): Promise<number> {
    await this.client.send(this.room, text);
    const heard = await this.client.next('message:new', (e) => messageIn(e).content === text);
    return messageIn(heard).conversationId;
  }

  async leave(): Promise<void> {
    await this.client.expect('conversation:leave', { conversationId: this.room });
  }
}

export const visitor = (app: TestApp, { name }: TestUser): Promise<Guest> =>
  Promise.resolve(new LiveGuest(app, name, null));

export const user = async (app: TestApp, as: TestUser): Promise<Guest> =>
  new LiveGuest(app, as.name, await tokenFor(as));

export const admin = async (app: TestApp, as: TestUser, outcast: TestUser): Promise<Guest> =>
  new Admin(app, as.name, await tokenFor(as), outcast);

export const chatter = async (app: TestApp, as: TestUser): Promise<Guest> =>
  new ChatGuest(as.name, await app.connect(as));

/** Somebody who thinks better of it after so many turns of the event loop, let in or not. */
export async function passBy(app: TestApp, slug: string, turns: number): Promise<void> {
  const { socket } = app.dialRaw(pathOf(slug, null));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const _ of range(1, turns)) await new Promise(setImmediate);
  socket.terminate();
  await closed;
}
