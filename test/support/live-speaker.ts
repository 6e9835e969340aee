import type { FrameClient } from './frame-client.js';
import { aMessage } from './live-shapes.js';
import { within } from './patience.js';
import { Speaker, type Heard, type Json, type Place, type Said, type Words } from './speaker.js';
import type { TestUser } from './tokens.js';

/** Opens `/chat/ws/room/<room>`, with these in the query. */
type Dial = (room: string, query: Readonly<Record<string, string>>) => FrameClient;

/** It was not let in. */
class TurnedAway extends Error {
  constructor(readonly code: number) {
    super(`Turned away with ${code}`);
  }
}

/** For catching what `join` throws: the code that the connection was closed with. */
export function refusalOf(thrown: unknown): number {
  if (thrown instanceof TurnedAway) return thrown.code;
  throw thrown;
}

/** In one room at a time: where it goes next, it goes by another connection. */
export class LiveSpeaker extends Speaker {
  readonly dialect = 'live';
  private client: FrameClient | null = null;
  /** The code that it was closed with. */
  private closing = Promise.resolve(0);
  private roomId = 0;
  /** What the room was called by as it was joined, and its id. */
  private names: readonly string[] = [];

  constructor(
    user: TestUser,
    private readonly dial: Dial,
  ) {
    super(user);
  }

  /** By a new connection, even to where it is. See `refusalOf`. */
  async join(place: Place, lastMessageId?: number): Promise<Json> {
    this.leave();
    const name = String(this.nameOf(place));
    const query = lastMessageId === undefined ? {} : { last_message_id: String(lastMessageId) };
    const client = this.dial(encodeURIComponent(name), query);
    this.client = client;
    this.closing = new Promise((resolve) => client.socket.once('close', resolve));
    // The client, listening first, has parsed it by now. What comes once it has left is no news.
    client.socket.on('message', () => {
      if (this.client === client) this.read(client.frames.at(-1) ?? {});
    });
    const told = new Promise((resolve) => client.socket.once('message', resolve));
    await within(`what becomes of joining ${name}`, Promise.race([told, this.closing]));
    const [welcome = {}] = client.frames;
    if (welcome.type !== 'room_joined') throw new TurnedAway(await this.closing);
    this.names = [name, String(this.roomId)];
    return dataOf(welcome);
  }

  async say(place: Place, words: Words | string): Promise<Said> {
    if (!this.isIn(place)) await this.join(place);
    const { text, clientId, sender, to } = this.said(place, words);
    this.post({ message: text, client_message_id: clientId });
    const isIt = ({ wire, sender: name }: Heard) =>
      dataOf(wire).client_message_id === clientId && name === this.user.name;
    const { id } = await this.hears('message', isIt);
    return { text, clientId, sender, to, id: Number(id), isDuplicate: null };
  }

  shout(place: Place, message: string): void {
    if (!this.isIn(place)) throw new Error('It is not there');
    this.post({ message });
  }

  emit(type: unknown, data: unknown): void {
    this.client?.raw(JSON.stringify({ type, data }));
  }

  wording({ id, sender, text, type = 'text', url, replyTo, clientId }: Said): Json {
    const data = aMessage(this.roomId, sender, {
      ...{ id, message: text },
      ...(type !== 'text' && { message_type: type }),
      ...(url && { attachments: [url] }),
      ...(replyTo !== undefined && { reply_to: replyTo }),
      client_message_id: clientId,
    });
    return { type: 'chat_message', data };
  }

  override async type(place: Place, isTyping: boolean): Promise<void> {
    if (!this.isIn(place)) await this.join(place);
    this.emit(isTyping ? 'typing_start' : 'typing_stop', {});
    // It is not answered, but it is done before what comes after it.
    await this.settled();
  }

  /** At once where it is in no room: nothing more reaches it. */
  async settled(): Promise<void> {
    const { client } = this;
    if (!client || !isOpen(client)) return;
    await Promise.race([client.settled(), this.closing]);
  }

  close(): void {
    this.leave();
  }

  private leave(): void {
    this.client?.close();
    this.client = null;
  }

  private isIn(place: Place): boolean {
    const { client } = this;
    return client !== null && isOpen(client) && this.names.includes(String(this.nameOf(place)));
  }

  private post(data: Json): void {
    this.emit('chat_message', data);
  }

  private read(frame: Json): void {
    if (frame.type === 'room_joined') this.roomId = Number(dataOf(frame).room_id);
    // A pong is the answer to this speaker's own round trip.
    if (frame.type !== 'pong') this.note(readLive(frame, this.roomId));
  }
}

const isOpen = ({ socket }: FrameClient): boolean => socket.readyState === socket.OPEN;

const dataOf = (frame: Json): Json => (frame.data ?? {}) as Json;

function readLive(wire: Json, conversation: number): Heard {
  const event = String(wire.type);
  const { id, message: text, username } = dataOf(wire);
  switch (event) {
    case 'chat_message':
      return { kind: 'message', wire, id, sender: username, text, conversation };
    case 'typing_start':
    case 'typing_stop': {
      const isTyping = event === 'typing_start';
      return { kind: 'typing', wire, user: username, isTyping, conversation };
    }
    case 'user_joined':
    case 'user_left':
      return { kind: 'presence', wire, user: username, isOnline: event === 'user_joined' };
    default:
      return { kind: 'other', wire, event };
  }
}
