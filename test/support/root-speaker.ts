import { crossed } from './crossing.js';
import type { ChatClient } from './chat-client.js';
import { INSTANT } from './chat-shapes.js';
import { Speaker, type Heard, type Json, type Place, type Said, type Words } from './speaker.js';
import type { TestUser } from './tokens.js';

export class RootSpeaker extends Speaker {
  readonly dialect = 'root';

  constructor(
    user: TestUser,
    readonly client: ChatClient,
  ) {
    super(user);
    for (const { event, payload } of client.log) this.note(readRoot(event, payload));
    client.socket.onAny((event: string, payload: Json) => this.note(readRoot(event, payload)));
  }

  /** It reads everything its user takes part in. */
  join(): Promise<Json> {
    return Promise.resolve({});
  }

  async say(place: Place, words: Words | string): Promise<Said> {
    const { context: rest, ...said } = this.said(place, words);
    const { text, replyTo, clientId } = said;
    const given = {
      // Who says nothing of the place is in the lobby.
      ...(place !== 'lobby' && { roomId: this.nameOf(place) }),
      ...(replyTo !== undefined && { replyTo }),
      ...rest,
    };
    const context = Object.keys(given).length > 0 ? given : undefined;
    const payload = { message: text, context, clientMessageId: clientId };
    const ack = await this.client.expect('message', payload);
    const { id } = ack.message as { id: string };
    const isDuplicate = ack.duplicate === true;
    return { ...said, ...(context && { context }), id: Number(id), isDuplicate };
  }

  shout(place: Place, message: string): void {
    this.client.socket.emit('message', { message, context: { roomId: this.nameOf(place) } });
  }

  emit(event: unknown, payload: unknown): void {
    this.client.socket.emit(event as string, payload);
  }

  wording({ id, sender, text, url, replyTo, context }: Said, conversationId: number): Json {
    const roomId = String(conversationId);
    const place = { roomId, ...(replyTo !== undefined && { replyTo: String(replyTo) }) };
    return {
      ...{ id: String(id), message: text, timestamp: INSTANT, roomId },
      ...{ userId: String(sender.id), username: sender.name },
      context: context ?? place,
      ...(url && { attachments: [url] }),
    };
  }

  override async type(place: Place, isTyping: boolean): Promise<void> {
    await this.client.expect('typing', { isTyping, roomId: this.nameOf(place) });
  }

  /** Nobody here types in the lobby, so that nobody hears of this. */
  async settled(): Promise<unknown> {
    await crossed();
    return this.client.expect('typing', { isTyping: false, roomId: 'lobby' });
  }

  close(): void {
    this.client.close();
  }
}

function readRoot(event: string, wire: Json): Heard {
  switch (event) {
    case 'message': {
      const { id, username: sender, message: text, roomId } = wire;
      const place = { id: Number(id), conversation: Number(roomId) };
      return { kind: 'message', wire, ...place, sender, text };
    }
    case 'userTyping': {
      const { username: user, isTyping, roomId } = wire;
      return { kind: 'typing', wire, user, isTyping, conversation: Number(roomId) };
    }
    case 'userStatus':
      return { kind: 'presence', wire, user: wire.username, isOnline: wire.isOnline };
    default:
      return { kind: 'other', wire, event };
  }
}
