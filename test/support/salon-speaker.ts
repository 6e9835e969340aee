import { INSTANT } from './chat-shapes.js';
import type { FrameClient } from './frame-client.js';
import { Speaker, type Heard, type Json, type Place, type Said, type Words } from './speaker.js';
import type { TestUser } from './tokens.js';

export class SalonSpeaker extends Speaker {
  readonly dialect = 'salon';
  /** As this client called it. */
  private room: number | string | null = null;

  constructor(
    user: TestUser,
    readonly client: FrameClient,
  ) {
    super(user);
    for (const frame of client.frames) this.read(frame);
    // The client, listening first, has parsed it by now.
    client.socket.on('message', () => this.read(client.frames.at(-1) ?? {}));
  }

  /** Direct messages have no room to join. */
  join(place: Place): Promise<Json> {
    if (typeof place === 'object') return Promise.resolve({});
    this.room = place;
    return this.client.join(place);
  }

  async say(place: Place, words: Words | string): Promise<Said> {
    const said = this.said(place, words);
    const { text: content, type, url, replyTo, media, clientId } = said;
    const fields = { message_type: type, media_url: url, reply_to: replyTo, ...media };
    this.post(place, { content, client_message_id: clientId, ...fields });
    const isIt = ({ wire, sender }: Heard) =>
      wire.client_message_id === clientId && sender === this.user.name;
    const { id } = await this.hears('message', isIt);
    return { ...said, id: Number(id), isDuplicate: null };
  }

  shout(place: Place, content: string): void {
    this.post(place, { content });
  }

  emit(type: unknown, data: unknown): void {
    this.client.raw(JSON.stringify({ type, data }));
  }

  wording({ to, sender, media, ...said }: Said): Json {
    const { id, text, type, url, replyTo, clientId } = said;
    return {
      ...(to
        ? { from_user_id: sender.id, from_username: sender.name, to_user_id: to.id }
        : { room: this.room, user_id: sender.id, username: sender.name }),
      ...{ id, content: text, message_type: type ?? 'text', created_at: INSTANT },
      ...(url && { media_url: url }),
      ...media,
      ...(replyTo !== undefined && { reply_to: replyTo }),
      client_message_id: clientId,
    };
  }

  override async react(place: Place, messageId: number, emoji: string): Promise<void> {
    this.post(place, { content: emoji, message_type: 'reaction', reply_to: messageId });
    const isIt = ({ wire }: Heard) => wire.reply_to === messageId && wire.content === emoji;
    await this.hears('reaction', isIt);
  }

  settled(): Promise<unknown> {
    return this.client.settled();
  }

  close(): void {
    this.client.close();
  }

  private post(place: Place, data: Json): void {
    if (typeof place !== 'object') this.client.send('room_message', { room: place, ...data });
    else this.client.send('direct_message', { to_user_id: place.with.id, ...data });
  }

  private read({ type, data = {} }: Json): void {
    if (type === 'message_batch') for (const frame of (data as Batch).messages) this.read(frame);
    // A pong is the answer to this speaker's own round trip.
    else if (type !== 'pong') this.note(readSalon(String(type), data as Json));
  }
}

interface Batch {
  readonly messages: readonly Json[];
}

function readSalon(event: string, wire: Json): Heard {
  switch (event) {
    case 'room_message':
    case 'direct_message': {
      if (wire.message_type === 'reaction') return { kind: 'reaction', wire };
      const { id, content: text, room: conversation = null } = wire;
      const sender = wire.username ?? wire.from_username;
      return { kind: 'message', wire, id, sender, text, conversation };
    }
    case 'user_connected':
    case 'user_disconnected':
      return {
        ...{ kind: 'presence', wire },
        ...{ user: wire.username, isOnline: event === 'user_connected' },
      };
    default:
      return { kind: 'other', wire, event };
  }
}
