import type { FrameClient } from './frame-client.js';
import { Speaker, type Heard, type Json, type Place, type Said, type Words } from './speaker.js';
import type { TestUser } from './tokens.js';
import { aFrame, anAnswer, bareId, inRoom, toReader } from './veza-shapes.js';

/** What audio is called in this dialect. */
const typeOf = ({ type = 'text' }: Words): string => (type === 'audio' ? 'voice' : type);

const requestId = ({ metadata }: Json): unknown => (metadata as Json | undefined)?.request_id;

export class VezaSpeaker extends Speaker {
  readonly dialect = 'veza';
  /** As this client called it. */
  private room: number | string = '';
  /** What it said itself: told to it as the answer to its own frame. */
  private readonly requests = new Set<string>();

  constructor(
    user: TestUser,
    readonly client: FrameClient,
  ) {
    super(user);
    for (const frame of client.frames) this.read(frame);
    // The client, listening first, has parsed it by now.
    client.socket.on('message', () => this.read(client.frames.at(-1) ?? {}));
  }

  /** Direct messages arrive without. */
  join(place: Place): Promise<Json> {
    if (typeof place === 'object') return Promise.resolve({});
    this.room = place;
    return this.client.request('join_room', { room_id: place }, 'room_joined');
  }

  async say(place: Place, words: Words | string): Promise<Said> {
    const said = this.said(place, words);
    const { text, url, replyTo, clientId } = said;
    const before = this.log.length;
    this.requests.add(clientId);
    this.emit('message', {
      ...this.addressOf(place),
      ...{ id: clientId, content: text, message_type: typeOf(said) },
      attachments: url ? [url] : undefined,
      reply_to: replyTo === undefined ? undefined : `msg_${replyTo}`,
    });
    // A repeat is answered anew, although the message was heard before.
    const isIt = (heard: Heard) =>
      requestId(heard.wire) === clientId && this.log.indexOf(heard) >= before;
    const { id } = await this.hears('message', isIt);
    return { ...said, id: Number(id), isDuplicate: null };
  }

  shout(place: Place, content: string): void {
    this.emit('message', { ...this.addressOf(place), content });
  }

  /** What has an `id` gets it in its envelope, where this dialect reads it. */
  emit(type: unknown, data: unknown): void {
    const id = (data as Json | null | undefined)?.id;
    this.client.raw(JSON.stringify({ type, id, data }));
  }

  wording({ to, sender, ...said }: Said): Json {
    const { id, text, url, replyTo, clientId } = said;
    const isOwn = sender.id === this.user.id;
    const fields = {
      ...{ message_id: `msg_${id}`, content: text, message_type: typeOf(said) },
      ...(url && { attachments: [url] }),
      ...(replyTo !== undefined && { reply_to: `msg_${replyTo}` }),
    };
    if (to && !isOwn) {
      return aFrame('private_message', toReader(this.user, sender, fields), `msg_${id}`);
    }
    const room = to ? `private_${this.user.id}_${to.id}` : this.room;
    const frame = ['message_received', inRoom(room, sender, fields), `msg_${id}`] as const;
    const isAnswer = isOwn && this.requests.has(clientId);
    return isAnswer ? anAnswer(clientId, ...frame) : aFrame(...frame);
  }

  override async type(place: Place, isTyping: boolean): Promise<void> {
    this.emit(isTyping ? 'typing_start' : 'typing_stop', { room_id: this.nameOf(place) });
    // It is not answered, but it is done before what comes after it.
    await this.settled();
  }

  settled(): Promise<unknown> {
    return this.client.settled();
  }

  close(): void {
    this.client.close();
  }

  private addressOf(place: Place): Json {
    const room_id = this.nameOf(place);
    return typeof place === 'object' ? { room_id, recipient_id: place.with.id } : { room_id };
  }

  private read(frame: Json): void {
    const { type, data = {} } = frame;
    // The service's own pings come at any time; a pong is the answer to this speaker's.
    if (type !== 'ping' && type !== 'pong') this.note(readVeza(String(type), frame, data as Json));
  }
}

function readVeza(event: string, wire: Json, data: Json): Heard {
  switch (event) {
    case 'message_received':
    case 'private_message': {
      const { content: text, room_id: conversation } = data;
      const sender = data.username ?? data.sender_username;
      return { kind: 'message', wire, id: bareId(data), sender, text, conversation };
    }
    case 'message_updated':
      return { kind: data.is_deleted === true ? 'deletion' : 'edit', wire };
    case 'moderation_action':
      return { kind: 'deletion', wire };
    case 'typing_indicator': {
      const { username: user, is_typing: isTyping, room_id: conversation } = data;
      return { kind: 'typing', wire, user, isTyping, conversation };
    }
    case 'read_receipt':
      return { kind: 'receipt', wire };
    case 'user_online':
    case 'user_offline':
      return { kind: 'presence', wire, user: data.username, isOnline: event === 'user_online' };
    default:
      return { kind: 'other', wire, event };
  }
}
