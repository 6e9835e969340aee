import type { Ack, ChatClient } from './chat-client.js';
import { aMessage, INSTANT, messageIn } from './chat-shapes.js';
import {
  Speaker,
  type Heard,
  type Json,
  type Kind,
  type Place,
  type Said,
  type Words,
} from './speaker.js';
import type { TestUser } from './tokens.js';

export class ChatSpeaker extends Speaker {
  readonly dialect = 'chat';

  constructor(
    user: TestUser,
    readonly client: ChatClient,
  ) {
    super(user);
    for (const { event, payload } of client.log) this.note(readChat(event, payload));
    client.socket.onAny((event: string, payload: Json) => this.note(readChat(event, payload)));
  }

  join(place: Place, afterSeq?: number): Promise<Ack> {
    return this.client.join(this.nameOf(place), afterSeq);
  }

  async say(place: Place, words: Words | string): Promise<Said> {
    const said = this.said(place, words);
    const { text, type, url, replyTo, clientId } = said;
    const fields = { type, replyTo, clientMessageId: clientId, ...(url && { attachments: [url] }) };
    const ack = await this.client.send(this.nameOf(place), text, fields);
    return { ...said, id: messageIn(ack).id, isDuplicate: ack.duplicate === true };
  }

  shout(place: Place, content: string): void {
    this.client.socket.emit('message:send', { conversationId: this.nameOf(place), content });
  }

  emit(event: unknown, payload: unknown): void {
    this.client.socket.emit(event as string, payload);
  }

  wording({ id, sender, text, type, url, replyTo, clientId }: Said, conversationId: number): Json {
    const message = aMessage({
      ...{ id, conversationId, senderId: sender.id, senderName: sender.name, content: text },
      ...{ type: type ?? 'text', attachments: url ? [url] : [], replyTo: replyTo ?? null },
      clientMessageId: clientId,
    });
    return { message, timestamp: INSTANT };
  }

  override async type(place: Place, isTyping: boolean): Promise<void> {
    const conversationId = this.nameOf(place);
    await this.client.expect('message:typing', { conversationId, isTyping });
  }

  override async react(_place: Place, messageId: number, emoji: string): Promise<void> {
    await this.client.expect('message:react', { messageId, emoji });
  }

  settled(): Promise<unknown> {
    return this.client.settled();
  }

  close(): void {
    this.client.close();
  }
}

const CHAT_KINDS: Record<string, Kind> = {
  'message:updated': 'edit',
  'message:deleted': 'deletion',
  'message:reaction': 'reaction',
  'message:read:ack': 'receipt',
};

function readChat(event: string, wire: Json): Heard {
  switch (event) {
    case 'message:new': {
      const { id, senderName: sender, content: text, conversationId } = messageIn(wire);
      return { kind: 'message', wire, id, sender, text, conversation: conversationId };
    }
    case 'user:typing': {
      const { username: user, isTyping, conversationId: conversation } = wire;
      return { kind: 'typing', wire, user, isTyping, conversation };
    }
    case 'user:online':
    case 'user:offline':
      return { kind: 'presence', wire, user: wire.username, isOnline: event === 'user:online' };
    default:
      return { kind: CHAT_KINDS[event] ?? 'other', wire, event };
  }
}
